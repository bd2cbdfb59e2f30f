package par

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Together runs work on n goroutines that begin at one time, and returns the time from the
// first begin to the last end. The goroutines wait awake, each on a core of its own: a
// sleeping one would begin some 50 µs late, 2.5 % of a burst.
func Together(n int, work func(worker int)) time.Duration {
	return Rounds(n, 1, func(worker, _ int) { work(worker) })[0]
}

// Rounds is that many times Together on the same n goroutines, which wait awake for the last
// of them between two rounds: a thread that sleeps in between may wake on the CPU of another.
// The times are those of the rounds.
func Rounds(n, rounds int, work func(worker, round int)) []time.Duration {
	var arrived atomic.Int64
	begins, ends := make([]time.Time, n*rounds), make([]time.Time, n*rounds)
	var wg sync.WaitGroup
	for w := range n {
		wg.Go(func() {
			for r := range rounds {
				arrived.Add(1)
				for spins := 0; arrived.Load() < int64(n*(r+1)); spins++ {
					if spins > 1<<18 { // some 0.2 ms
						runtime.Gosched() // to one that has no core yet
					}
				}
				begins[r*n+w] = time.Now()
				work(w, r)
				ends[r*n+w] = time.Now()
			}
		})
	}
	wg.Wait()
	took := make([]time.Duration, rounds)
	for r := range took {
		first := slices.MinFunc(begins[r*n:(r+1)*n], time.Time.Compare)
		last := slices.MaxFunc(ends[r*n:(r+1)*n], time.Time.Compare)
		took[r] = max(1, last.Sub(first))
	}
	return took
}
