package verdict

import "fmt"

// String says in a few words what the machine was like: the first thing that a reader of
// numbers must know.
func (r Run) String() string {
	switch r.Why {
	case WhyPeak:
		return fmt.Sprintf("disturbed: the peak moved between %.3g and %.3g GFLOP/s; repeat on a quiet machine", r.PeakLo, r.PeakHi)
	case WhyCPU:
		return fmt.Sprintf("disturbed: in %d of %d visits the workers had less CPU time than in others; repeat on a quiet machine", r.deprived, r.Visits)
	case WhyFloor:
		return fmt.Sprintf("disturbed: two halves of the visits to one point differ by up to %s; repeat on a quiet machine", Percent(r.Floor))
	case WhyDrift:
		way := "slower"
		if r.Drift < 0 {
			way = "faster"
		}
		return fmt.Sprintf("disturbed: the machine was %s %s at the end than at the start; repeat on a quiet machine", Percent(max(r.Drift, -r.Drift)), way)
	case WhyFew:
		return "noise unknown: too few rounds to tell whether the machine was quiet"
	}
	return "quiet: noise floor " + Percent(r.Floor)
}

// Percent writes a share with one decimal: 1.8 %.
func Percent(share float64) string { return fmt.Sprintf("%.1f %%", 100*share) }
