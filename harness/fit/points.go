// Package fit says how series grow with the sequence length and where one
// overtakes another. Its functions are pure: numbers in, numbers out. Nothing is
// extrapolated: every result lies inside the lengths that it was given.
package fit

import (
	"slices"

	"gonum.org/v1/gonum/stat"
)

// Point is one length of a series, in any one unit.
type Point struct {
	N      int     // tokens
	Median float64 // above 0; other points are left out
	Lo, Hi float64 // range of the samples: values inside count as equal to Median
}

// Middle is the range of the middle half of the samples, which one disturbed sample does
// not widen: the quartiles by nearest rank. Up to three samples give their extremes, none
// gives 0, 0.
func Middle(samples []int64) (lo, hi float64) {
	if len(samples) == 0 {
		return 0, 0
	}
	x := make([]float64, len(samples))
	for i, s := range samples {
		x[i] = float64(s)
	}
	slices.Sort(x)
	return stat.Quantile(0.25, stat.Empirical, x, nil), stat.Quantile(0.75, stat.Empirical, x, nil)
}

// byLength are the usable points, shortest first, and of equal lengths the first.
func byLength(series []Point) []Point {
	var s []Point
	for _, p := range series {
		if p.N > 0 && p.Median > 0 {
			s = append(s, p)
		}
	}
	slices.SortStableFunc(s, func(a, b Point) int { return a.N - b.N })
	return slices.CompactFunc(s, func(a, b Point) bool { return a.N == b.N })
}
