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

// The machine is measured beside every point, not once: a shared machine gives now
// more and now less, and a core's clock follows its temperature and its neighbours.
const (
	// burst is long against the clock and the start of the workers, and short
	// against the time slices in which a busy machine takes a core away.
	burst  = 2 * time.Millisecond
	bursts = 6

	// machineTime is the predicted time of all measurements of the machine beside one
	// point: twice the bursts, the passes, and some room.
	machineTime = 60 * time.Millisecond

	// maxOfPeak is the largest honest rate in units of the peak: no Forward is faster
	// than multiply-adds that touch no memory. 3 % are for the noise of both rates.
	maxOfPeak = 1.03

	// A busy neighbour may have disturbed the measurements on both sides of the
	// samples, so the peak is measured again before a point fails.
	retries    = 8
	retryPause = 40 * time.Millisecond
)

// rooflines measures the machine for one sweep.
type rooflines struct {
	workers int            // the maximum over the points
	memory  int64          // bytes that a point may hold; 0: unbounded
	rounds  map[string]int // of Peak in a burst, by set
	buffer  []float32      // what the workers read; made when first needed, then kept
}

func newRooflines(points []Point, memory int64) *rooflines {
	g := &rooflines{memory: memory, rounds: map[string]int{}}
	for _, pt := range points {
		g.workers = max(g.workers, pt.Workers)
	}
	return g
}

// busy is how many workers can run at once: more workers than cores would wait for
// each other and add nothing to the peak.
func busy(workers int) int { return min(workers, runtime.GOMAXPROCS(0)) }

// peak is the multiply-add rate of a kernel set in GFLOP/s, of all workers together:
// the best of a few bursts, since a disturbed burst does not show the machine's limit.
func (g *rooflines) peak(set *kernel.Set, workers int) float64 {
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

// roofline is what the machine can do beside one point. It is nil where the machine
// is not measured; the methods of nil do nothing.
type roofline struct {
	*rooflines
	set     *kernel.Set
	workers int
	gflops  float64 // the largest measurement of the peak
}

// beside is the roofline of a point; nil where set is nil.
func (g *rooflines) beside(set *kernel.Set, workers int) *roofline {
	if set == nil {
		return nil
	}
	return &roofline{rooflines: g, set: set, workers: workers}
}

// measured is the kernel set whose roofline is measured beside a point. It is nil
// where nothing is timed and where the variant does not run on one of our sets.
func (s *Sweep) measured(pt Point) *kernel.Set {
	if s.CheckOnly || pt.ISA == "" {
		return nil
	}
	find := s.find
	if find == nil {
		find = kernel.Find
	}
	if v, err := s.variant(pt); err != nil || !slices.Contains(attn.ISAsOf(v), pt.ISA) {
		return nil
	}
	if set, err := find(pt.ISA); err == nil && set.Peak != nil {
		return set
	}
	return nil
}

// measure measures the peak, right before and right after the samples of a point.
// The larger rate counts: the machine could do it, and a lower rate shows a
// neighbour.
func (l *roofline) measure() {
	if l != nil {
		l.gflops = max(l.gflops, l.peak(l.set, l.workers))
	}
}

// exceeds compares a timed record with the roofline and says in words by how much
// the record exceeds it; empty where it does not.
func (l *roofline) exceeds(r *result.Point) string {
	if l == nil || r.MedianNS <= 0 {
		return ""
	}
	rate := float64(r.FLOPs) / float64(r.MedianNS)
	for try := 0; try < retries && rate > maxOfPeak*l.gflops; try++ {
		time.Sleep(retryPause)
		l.measure()
	}
	if l.gflops <= 0 {
		return ""
	}
	r.PeakGFLOPS, r.PeakFraction = rounded(l.gflops), rounded(rate/l.gflops)
	r.BandwidthGBS = rounded(l.bandwidth(l.set, l.workers))
	if rate <= maxOfPeak*l.gflops {
		return ""
	}
	return fmt.Sprintf("useful work at %.4g GFLOP/s is %.4g times the FMA peak of %s with these workers, %.4g GFLOP/s: its FLOPs are counted wrong",
		rate, rate/l.gflops, l.set.Name, l.gflops)
}
