package machine

import (
	"runtime"
	"sync/atomic"
	"time"

	"attnbench/harness/result"
	"attnbench/internal/kernel"
	"attnbench/internal/par"
)

const (
	// burst is long against the clock and the start of the workers, and short
	// against the time slices in which a busy machine takes a core away.
	burst  = 2 * time.Millisecond
	bursts = 3

	// Before the bursts all workers compute for minWarm, until each runs on a CPU of its own,
	// maxWarm at most: a thread that wakes after the machine was idle shares the CPU of the
	// thread that woke it, until the system moves it at one of its next clock ticks.
	minWarm = time.Millisecond
	maxWarm = 12 * time.Millisecond

	// tries bounds how often bursts are made until workers had CPUs of their own.
	tries = 3

	// RooflinesTime is the predicted time of two calls of [Rooflines.Peak] and one of
	// [Rooflines.Bandwidth], with some room.
	RooflinesTime = 60 * time.Millisecond
)

// Rooflines measures the rates that bound every kernel on this machine. A shared machine
// gives now more and now less, and the clock of a core follows its temperature and its
// neighbours: measure beside every point, not once.
type Rooflines struct {
	memory int64          // bytes that a point may hold; 0: unbounded
	rounds map[string]int // of Peak in a burst, by set
}

// NewRooflines is for points that may hold that many bytes of memory, 0 without a limit: the
// buffer for the bandwidth takes a small part of them or is not made.
func NewRooflines(memory int64) *Rooflines {
	return &Rooflines{memory: memory, rounds: map[string]int{}}
}

// busy is how many workers can run at once: more workers than CPUs would wait for
// each other and add nothing to the peak.
func busy(workers int) int { return min(workers, runtime.GOMAXPROCS(0), runtime.NumCPU()) }

// Peak is one measurement of the multiply-add rate of a kernel set, of all workers together,
// in GFLOP/s.
type Peak struct {
	// GFLOPS bounds every kernel: the best of a few bursts, since a disturbed burst does not
	// show the machine's limit.
	GFLOPS float64
	// LowGFLOPS is what the workers reached: GFLOPS, unless By says otherwise.
	LowGFLOPS float64
	// By is result.PeakByOneWorker where no burst had each worker on a CPU of its own: GFLOPS
	// is then that of one worker times the number of workers, of physical cores at most. Else
	// it is empty.
	By string
}

// Peak measures with warm cores, and on Linux with each worker seen on a CPU of its own.
func (g *Rooflines) Peak(set *kernel.Set, workers int) Peak {
	workers = busy(workers)
	reached := 0.0
	for range tries {
		best, apart := g.bursts(set, workers)
		if apart > 0 {
			return Peak{GFLOPS: apart, LowGFLOPS: apart}
		}
		reached = max(reached, best)
	}
	one, _ := g.bursts(set, 1)
	if cores := ReadTopology().Cores; cores > 0 {
		workers = min(workers, cores)
	}
	return timesOne(one, workers, reached)
}

// timesOne is the peak of that many cores by the peak of one worker, where the workers
// reached so much on CPUs that they shared.
func timesOne(one float64, cores int, reached float64) Peak {
	return Peak{GFLOPS: max(reached, one*float64(cores)), LowGFLOPS: reached, By: result.PeakByOneWorker}
}

// bursts are the rates of the best burst and of the best in which each worker was seen on a
// CPU of its own as it began and as it ended; 0 where there was none. Where the system does
// not tell, and of one worker, every burst counts.
func (g *Rooflines) bursts(set *kernel.Set, workers int) (best, bestApart float64) {
	if g.rounds[set.Name] == 0 {
		g.rounds[set.Name] = roundsFor(set, burst)
	}
	rounds := g.rounds[set.Name]
	_, tells := cpuNow()
	tells = tells && workers > 1
	var flops [1 + bursts]atomic.Int64
	var begun, ended [1 + bursts]places
	for b := range begun {
		begun[b], ended[b] = newPlaces(workers), newPlaces(workers)
	}
	took := par.Rounds(workers, 1+bursts, func(w, b int) {
		if b == 0 {
			warm(set, max(1, rounds/20), w, begun[0], tells)
			return
		}
		begun[b].look(w)
		flops[b].Add(set.Peak(rounds))
		ended[b].look(w)
	})
	for b := 1; b <= bursts; b++ {
		rate := float64(flops[b].Load()) / float64(took[b])
		best = max(best, rate)
		if !tells || begun[b].apart() && ended[b].apart() {
			bestApart = max(bestApart, rate)
		}
	}
	return best, bestApart
}

// warm keeps one of the workers busy until all are ready for a burst.
func warm(set *kernel.Set, rounds, worker int, seen places, tells bool) {
	for begin := time.Now(); ; {
		set.Peak(rounds)
		seen.look(worker)
		t := time.Since(begin)
		if t >= maxWarm || t >= minWarm && (!tells || seen.apart()) {
			return
		}
	}
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
