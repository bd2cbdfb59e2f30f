package harness

import (
	"fmt"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"attnbench/attn"
	"attnbench/harness/result"
	"attnbench/internal/kernel"
	"attnbench/internal/par"
)

// A machine is measured beside every point and not once, because it changes: a
// shared one gives now more and now less, and a core's clock follows its
// temperature and what its neighbours do.
const (
	// burst is long against the clock and the start of the workers, and short
	// against the time slices in which a busy machine takes a core away.
	burst  = 2 * time.Millisecond
	bursts = 6

	// sliceBytes is what one worker reads: more than the last-level cache of most
	// machines, so that a second pass finds nothing of the first one there. slice
	// takes more where the cache is known to be larger.
	sliceBytes   = 64 << 20
	pageFloats   = 4 << 10 / 4           // no system's pages are smaller
	readingTime  = 10 * time.Millisecond // after which no further pass begins
	machineShare = 8                     // the buffer is at most this part of a point's memory

	// machineTime is about what it all takes, for the prediction: two times the
	// bursts, the passes, and some room.
	machineTime = 60 * time.Millisecond

	// mostOfPeak is the rate, in units of the peak, above which a point cannot be
	// honest: no Forward is faster than multiply-adds that touch no memory. The 3 %
	// are for the noise of both.
	mostOfPeak = 1.03

	// A busy neighbour may have disturbed the measurements on both sides of the
	// samples: before a point is called a liar the peak gets more chances.
	retries    = 8
	retryPause = 40 * time.Millisecond
)

// gauge measures the machine for one sweep.
type gauge struct {
	workers int            // of the point that has the most
	memory  int64          // bytes that a point may hold; 0: unbounded
	rounds  map[string]int // of Peak in a burst, by set
	buffer  []float32      // what the workers read; made when first needed, then kept
}

func newGauge(points []Point, memory int64) *gauge {
	g := &gauge{memory: memory, rounds: map[string]int{}}
	for _, pt := range points {
		g.workers = max(g.workers, pt.Workers)
	}
	return g
}

// busy is how many workers can run at once: more of them than cores would not add
// to the peak, only wait for each other.
func busy(workers int) int { return min(workers, runtime.GOMAXPROCS(0)) }

// peak is the multiply-add rate of a set in GFLOP/s, of all workers together: the
// best of a few bursts, since what disturbs one is not the machine's limit.
func (g *gauge) peak(set *kernel.Set, workers int) float64 {
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

// roundsFor is how many rounds of Peak take about t.
func roundsFor(set *kernel.Set, t time.Duration) int {
	for rounds := 1 << 10; ; rounds *= 2 {
		begin := time.Now()
		set.Peak(rounds)
		if took := time.Since(begin); took >= t/4 || rounds >= 1<<30 {
			return max(1, int(float64(rounds)*float64(t)/float64(max(took, 1))))
		}
	}
}

// ceiling is what the machine can do beside one point; nil where that is not
// measured, on which its methods do nothing.
type ceiling struct {
	*gauge
	set     *kernel.Set
	workers int
	gflops  float64 // the larger of all measurements of the peak
}

// ceiling is nil where set is.
func (g *gauge) ceiling(set *kernel.Set, workers int) *ceiling {
	if set == nil {
		return nil
	}
	return &ceiling{gauge: g, set: set, workers: workers}
}

// measured is the kernel set of a point whose ceiling is to be measured; nil where
// nothing is timed, or its variant has no choice of sets, or one of its own.
func (s *Sweep) measured(pt Point) *kernel.Set {
	if s.CheckOnly || pt.ISA == "" {
		return nil
	}
	find := s.find
	if find == nil {
		find = kernel.Find
	}
	for _, v := range s.Variants {
		if v.Name() != pt.Variant || !slices.Contains(attn.ISAsOf(v), pt.ISA) {
			continue
		}
		if set, err := find(pt.ISA); err == nil && set.Peak != nil {
			return set
		}
	}
	return nil
}

// measure measures the peak. A point does it right before and right after its
// samples, and the larger counts: what was reached just before or after was
// there to be had, and a lower rate tells of a neighbour, not of the point.
func (c *ceiling) measure() {
	if c != nil {
		c.gflops = max(c.gflops, c.peak(c.set, c.workers))
	}
}

// hold holds a timed record against the ceiling and says in words where it lies
// above it.
func (c *ceiling) hold(r *result.Point) string {
	if c == nil || r.MedianNS <= 0 {
		return ""
	}
	rate := float64(r.FLOPs) / float64(r.MedianNS)
	for try := 0; try < retries && rate > mostOfPeak*c.gflops; try++ {
		time.Sleep(retryPause)
		c.measure()
	}
	if c.gflops <= 0 {
		return ""
	}
	r.PeakGFLOPS, r.PeakFraction = rounded(c.gflops), rounded(rate/c.gflops)
	r.BandwidthGBS = rounded(c.bandwidth(c.set, c.workers))
	if rate <= mostOfPeak*c.gflops {
		return ""
	}
	return fmt.Sprintf("useful work at %.4g GFLOP/s is %.4g times the FMA peak of %s with these workers, %.4g GFLOP/s: its FLOPs are counted wrong",
		rate, rate/c.gflops, c.set.Name, c.gflops)
}
