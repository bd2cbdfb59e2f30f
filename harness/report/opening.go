package report

import (
	"fmt"
	"math"

	"attnbench/harness/verdict"
)

// opening is the verdict on the machine, with which a report begins: how far its numbers can
// be told apart.
func (x *reading) opening() string {
	r := x.run
	var text string
	switch {
	case r.Quiet:
		text = fmt.Sprintf("quiet: noise floor %s", percentage(r.Floor))
	case r.Why == verdict.WhyPeak:
		text = fmt.Sprintf("disturbed: the peak moved between %s and %s GFLOP/s; repeat on a quiet machine", rate(r.PeakLo), rate(r.PeakHi))
	case r.Why == verdict.WhyFloor:
		text = fmt.Sprintf("disturbed: noise floor %s; repeat on a quiet machine", percentage(r.Floor))
	case r.Why == verdict.WhyDrift:
		word := "longer"
		if r.Drift < 0 {
			word = "less"
		}
		text = fmt.Sprintf("disturbed: one point took %s %s at the end of the run than at its begin; repeat on a quiet machine", percentage(math.Abs(r.Drift)), word)
	case r.Visits == 0:
		text = "noise unknown: each point was measured once, so that no point is called faster or slower"
	default:
		text = "noise unknown: too few rounds with a visit to one fixed point"
	}
	if out := x.leftOut(); out > 0 {
		return text + fmt.Sprintf(". %s of %s disturbed and left out.", Count(int64(out)), plural(r.Visits, "visit was", "visits were"))
	}
	return text + "."
}

// leftOut is the number of visits that have a time and that no median counts.
func (x *reading) leftOut() (n int) {
	for _, p := range x.Points {
		n += leftOut(x.run, p)
	}
	return n
}

// percentage writes a share with at most one decimal: 1.8 %, 12 %.
func percentage(share float64) string {
	if share >= 0.0995 {
		return fmt.Sprintf("%.0f %%", 100*share)
	}
	return fmt.Sprintf("%.1f %%", 100*share)
}

// rate writes GFLOP/s with three digits at most: 81, 9.5.
func rate(gflops float64) string {
	if gflops >= 1000 {
		return fmt.Sprintf("%.0f", gflops)
	}
	return fmt.Sprintf("%.3g", gflops)
}
