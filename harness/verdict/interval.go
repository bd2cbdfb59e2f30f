package verdict

import (
	"math"
	"slices"

	"golang.org/x/perf/benchmath"
)

// confidence of all intervals.
const confidence = 0.95

// Interval is the median of some visits, in ns, with its distribution-free interval of 95 %
// where there are enough of them, and with their range where there are not.
type Interval struct {
	Median, Lo, Hi float64
	Visits         int
}

// Known reports whether Lo and Hi are an interval, and not a range.
func (i Interval) Known() bool { return i.Visits >= MinVisits }

// Width is how wide the interval is, in units of the median; infinite without one.
func (i Interval) Width() float64 {
	if !i.Known() {
		return math.Inf(1)
	}
	return (i.Hi - i.Lo) / i.Median
}

// Over is the interval of the medians of some visits, in ns; zero without visits.
func Over(ns []int64) Interval {
	if len(ns) == 0 {
		return Interval{}
	}
	x := make([]float64, len(ns))
	for i, t := range ns {
		x[i] = float64(t)
	}
	slices.Sort(x)
	i := Interval{Lo: x[0], Hi: x[len(x)-1], Visits: len(x)}
	s := benchmath.AssumeNothing.Summary(benchmath.NewSample(x, &benchmath.DefaultThresholds), confidence)
	if i.Median = s.Center; i.Known() {
		i.Lo, i.Hi = s.Lo, s.Hi
	}
	return i
}
