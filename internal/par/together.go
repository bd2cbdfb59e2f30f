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
	var missing atomic.Int64
	missing.Store(int64(n))
	begins, ends := make([]time.Time, n), make([]time.Time, n)
	var wg sync.WaitGroup
	for w := range n {
		wg.Go(func() {
			missing.Add(-1)
			for spins := 0; missing.Load() > 0; spins++ {
				if spins > 1<<18 { // some 0.2 ms
					runtime.Gosched() // to one that has no core yet
				}
			}
			begins[w] = time.Now()
			work(w)
			ends[w] = time.Now()
		})
	}
	wg.Wait()
	first := slices.MinFunc(begins, time.Time.Compare)
	last := slices.MaxFunc(ends, time.Time.Compare)
	return max(1, last.Sub(first))
}
