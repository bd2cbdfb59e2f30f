package visit

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"attnbench/harness/machine"
	"attnbench/internal/kernel"
)

const (
	// MaxOfPeak is the largest honest rate in units of the peak: no call is faster than
	// multiply-adds that touch no memory. 3 % are for the noise of both rates.
	MaxOfPeak = 1.03

	// A busy neighbour may have disturbed the measurements on both sides of the samples, so
	// the peak is measured again before a point fails.
	retries    = 25
	retryPause = 40 * time.Millisecond
)

// exceeds is the error of samples that are faster than the machine. They stay in the record,
// as evidence.
type exceeds string

// Error implements error.
func (e exceeds) Error() string { return string(e) }

// errMoved is that of samples above a peak that moves: they say nothing of the kernel.
var errMoved = errors.New("the machine changed its speed")

// roofline is what the machine can do beside one point. The methods of nil do nothing.
type roofline struct {
	machine *machine.Rooflines
	set     *kernel.Set
	workers int
	gflops  float64 // the largest measurement of the peak
	by      string  // how gflops was measured, as in the record
	low     float64 // the smaller of those before and after the samples
}

// newRoofline is nil where the set is empty or has no peak.
func newRoofline(set string, workers int, memory int64) *roofline {
	if set == "" {
		return nil
	}
	s, err := kernel.Find(set)
	if err != nil || s.Peak == nil {
		return nil
	}
	return &roofline{machine: machine.NewRooflines(memory), set: s, workers: workers}
}

// measure measures the peak, right before and right after the samples of a point. The
// larger rate counts: the machine could do it, and a lower rate shows a neighbour.
func (l *roofline) measure() {
	if l == nil {
		return
	}
	peak := l.machine.Peak(l.set, l.workers)
	if l.low == 0 || peak.LowGFLOPS < l.low {
		l.low = peak.LowGFLOPS
	}
	l.raise(peak)
}

// raise takes a peak that is larger than those before it.
func (l *roofline) raise(p machine.Peak) {
	if p.GFLOPS > l.gflops {
		l.gflops, l.by = p.GFLOPS, p.By
	}
}

// judge holds the fastest sample, in ns, against the peak. The error of one that is faster is
// errMoved where the peak moved, or where the run has seen a peak, best, that allows for it.
func (l *roofline) judge(flops int64, samples []int64, best float64) error {
	if l == nil || l.gflops <= 0 || flops == 0 {
		return nil
	}
	rate := float64(flops) / float64(max(1, slices.Min(samples)))
	for try := 0; try < retries && rate > MaxOfPeak*l.gflops; try++ {
		time.Sleep(retryPause)
		l.raise(l.machine.Peak(l.set, l.workers))
	}
	return l.exceeds(rate, best)
}

// exceeds says in words by how much a rate exceeds the peak; nil where it does not.
func (l *roofline) exceeds(rate, best float64) error {
	top := max(best, l.gflops)
	switch {
	case rate <= MaxOfPeak*l.gflops:
		return nil
	case rate <= MaxOfPeak*top:
		return fmt.Errorf("%w: useful work at %.4g GFLOP/s beside a peak of %.4g, which was %.4g in another visit", errMoved, rate, l.gflops, best)
	case l.gflops > MaxOfPeak*l.low && rate <= MaxOfPeak*top*l.gflops/l.low: // by as much as it moved
		return fmt.Errorf("%w: useful work at %.4g GFLOP/s beside a peak that moved between %.4g and %.4g", errMoved, rate, l.low, l.gflops)
	}
	return exceeds(fmt.Sprintf("useful work at %.4g GFLOP/s in its fastest sample is %.4g times the FMA peak of %s with these workers, %.4g GFLOP/s: the work was not done in that time, or its FLOPs are counted wrong",
		rate, rate/top, l.set.Name, top))
}

// bandwidth is the rate at which memory is read; not measured where l is nil.
func (l *roofline) bandwidth() machine.Bandwidth {
	if l == nil {
		return machine.Bandwidth{}
	}
	return l.machine.Bandwidth(l.set, l.workers)
}

// reader reads as many bytes between the samples as a call must read; nil where they are
// none, where the last-level cache holds them, and where memory has no room for as many more.
func (l *roofline) reader(bytes, memory int64) *machine.Reader {
	if l == nil || bytes <= machine.LastLevelCache() {
		return nil
	}
	if held, known := machine.ProcessPeak(); known && memory > 0 && held+bytes > memory {
		return nil
	}
	return machine.NewReader(l.set, l.workers, bytes)
}
