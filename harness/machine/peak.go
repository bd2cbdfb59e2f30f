package machine

import (
	"runtime"
	"sync/atomic"
	"time"

	"attnbench/internal/kernel"
	"attnbench/internal/par"
)

const (
	// burst is long against the clock and the start of the workers, and short
	// against the time slices in which a busy machine takes a core away.
	burst  = 2 * time.Millisecond
	bursts = 3

	// RooflinesTime is the predicted time of two calls of [Rooflines.Peak] and one of
	// [Rooflines.Bandwidth], with some room.
	RooflinesTime = 60 * time.Millisecond
)

// Rooflines measures the rates that bound every kernel on this machine. A shared machine
// gives now more and now less, and the clock of a core follows its temperature and its
// neighbours: measure beside every point, not once.
type Rooflines struct {
	workers int            // the maximum of all calls
	memory  int64          // bytes that a point may hold; 0: unbounded
	rounds  map[string]int // of Peak in a burst, by set
	buffer  []float32      // what the workers read; made when first needed, then kept
}

// NewRooflines is for calls with at most the given number of workers. memory is the bytes
// that a point may hold, 0 without a limit: the buffer for the bandwidth takes a small part
// of them or is not made.
func NewRooflines(workers int, memory int64) *Rooflines {
	return &Rooflines{workers: workers, memory: memory, rounds: map[string]int{}}
}

// busy is how many workers can run at once: more workers than cores would wait for
// each other and add nothing to the peak.
func busy(workers int) int { return min(workers, runtime.GOMAXPROCS(0)) }

// Peak is the multiply-add rate of a kernel set in GFLOP/s, of all workers together:
// the best of a few bursts, since a disturbed burst does not show the machine's limit.
func (g *Rooflines) Peak(set *kernel.Set, workers int) float64 {
	if g.rounds[set.Name] == 0 {
		g.rounds[set.Name] = roundsFor(set, burst)
	}
	rounds, best := g.rounds[set.Name], 0.0
	for range bursts {
		var flops atomic.Int64
		t := par.Together(busy(workers), func(int) { flops.Add(set.Peak(rounds)) })
		best = max(best, float64(flops.Load())/float64(t))
	}
	return best
}

// roundsFor is the number of rounds of Peak that take about t.
func roundsFor(set *kernel.Set, t time.Duration) int {
	for rounds := 1 << 10; ; rounds *= 2 {
		begin := time.Now()
		set.Peak(rounds)
		if took := time.Since(begin); took >= t/4 || rounds >= 1<<30 {
			return max(1, int(float64(rounds)*float64(t)/float64(max(took, 1))))
		}
	}
}
