package verdict

import (
	"math"
	"slices"

	"attnbench/harness/result"
)

// Verdict is what a comparison of two runs says of one point.
type Verdict string

// The verdicts of a comparison.
const (
	Faster  Verdict = "faster"
	Slower  Verdict = "slower"
	Same    Verdict = "same"
	Unclear Verdict = "unclear"
)

// minSame is how far apart two times may be and be called the same on a machine without noise.
const minSame = 0.03

// Change is what became of one point from an old run to a new one.
type Change struct {
	Old, New Interval
	// Ratio of the medians, new over old, with its distribution-free interval of 95 %.
	Ratio, Lo, Hi float64
	P             float64
	Verdict       Verdict
	// Needs is the number of visits in each run from which on a verdict is possible, where
	// there are fewer; else 0.
	Needs int
}

// Changes compares each point of an old run, A, with that of a new one, B. All points are
// judged together. A point is faster or slower where both runs have 6 quiet visits of it, the
// test holds among all, the interval of the ratio has no 1, and the medians differ by more
// than the larger noise floor. It is the same where the interval lies within the noise floor
// around 1, or within 3 % where that is smaller. All else is unclear.
func Changes(old, new Run, pairs []Pair) []Change {
	list := make([]Change, len(pairs))
	var tested []int
	var p []float64
	for i, x := range pairs {
		before, after := old.Counting(x.A), new.Counting(x.B)
		a, b := Times(before), Times(after)
		c := &list[i]
		*c = Change{Old: Over(a), New: Over(b), P: 1, Verdict: Unclear}
		if len(a) == 0 || len(b) == 0 {
			continue
		}
		o := order(a, b)
		c.Ratio, c.Lo, c.Hi = o.Ratio, o.Lo, o.Hi
		// Where disturbed visits had to count, the machine may be all that differs.
		disturbed := slices.ContainsFunc(before, func(v result.Visit) bool { return old.IsDisturbed(x.A, v) }) ||
			slices.ContainsFunc(after, func(v result.Visit) bool { return new.IsDisturbed(x.B, v) })
		if c.Old.Known() && c.New.Known() && !disturbed {
			c.P = mannWhitney(a, b)
			tested, p = append(tested, i), append(p, c.P)
		}
	}
	noise := max(old.floor(), new.floor())
	for k, holds := range discoveries(p, Level) {
		c := &list[tested[k]]
		same := 1 + max(noise, minSame)
		switch {
		case holds && c.Hi < 1 && c.Ratio < 1/(1+noise):
			c.Verdict = Faster
		case holds && c.Lo > 1 && c.Ratio > 1+noise:
			c.Verdict = Slower
		case c.Hi < same && c.Lo > 1/same:
			c.Verdict = Same
		}
	}
	needs := separable(Level / math.Max(1, float64(len(pairs))))
	for i := range list {
		if c := &list[i]; c.Verdict == Unclear && min(c.Old.Visits, c.New.Visits) < needs {
			c.Needs = needs
		}
	}
	return list
}
