package harness

import (
	"fmt"
	"slices"
	"time"

	"attnbench/attn"
	"attnbench/harness/machine"
	"attnbench/harness/result"
	"attnbench/internal/kernel"
)

const (
	// maxOfPeak is the largest honest rate in units of the peak: no Forward is faster
	// than multiply-adds that touch no memory. 3 % are for the noise of both rates.
	maxOfPeak = 1.03

	// A busy neighbour may have disturbed the measurements on both sides of the
	// samples, so the peak is measured again before a point fails.
	retries    = 8
	retryPause = 40 * time.Millisecond
)

func newRooflines(points []Point, memory int64) *machine.Rooflines {
	workers := 0
	for _, pt := range points {
		workers = max(workers, pt.Workers)
	}
	return machine.NewRooflines(workers, memory)
}

// roofline is what the machine can do beside one point. It is nil where the machine
// is not measured; the methods of nil do nothing.
type roofline struct {
	machine *machine.Rooflines
	set     *kernel.Set
	workers int
	gflops  float64 // the largest measurement of the peak
}

// beside is the roofline of a point; nil where set is nil.
func beside(g *machine.Rooflines, set *kernel.Set, workers int) *roofline {
	if set == nil {
		return nil
	}
	return &roofline{machine: g, set: set, workers: workers}
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
		l.gflops = max(l.gflops, l.machine.Peak(l.set, l.workers))
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
	r.BandwidthGBS = rounded(l.machine.Bandwidth(l.set, l.workers))
	if rate <= maxOfPeak*l.gflops {
		return ""
	}
	return fmt.Sprintf("useful work at %.4g GFLOP/s is %.4g times the FMA peak of %s with these workers, %.4g GFLOP/s: its FLOPs are counted wrong",
		rate, rate/l.gflops, l.set.Name, l.gflops)
}

// cache is the size of the last-level cache in bytes.
func (s *Sweep) cache() int64 {
	if s.lastLevel > 0 {
		return s.lastLevel
	}
	return machine.LastLevelCache()
}
