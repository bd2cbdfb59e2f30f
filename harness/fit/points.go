// Package fit says how series grow with the sequence length and where one
// overtakes another. Its functions are pure: numbers in, numbers out. Nothing is
// extrapolated: every result lies inside the lengths that it was given.
package fit

import "slices"

// Point is one length of a series, in any one unit.
type Point struct {
	N      int     // tokens
	Median float64 // above 0; other points are left out
	Lo, Hi float64 // range of what Median is the median of: values inside count as equal to Median
}

// byLength are the usable points, shortest first, and of equal lengths the first. A series
// that is so already is returned as it is.
func byLength(series []Point) []Point {
	before, usable := 0, true
	for _, p := range series {
		usable = usable && p.N > before && p.Median > 0
		before = p.N
	}
	if usable {
		return series
	}
	var s []Point
	for _, p := range series {
		if p.N > 0 && p.Median > 0 {
			s = append(s, p)
		}
	}
	slices.SortStableFunc(s, func(a, b Point) int { return a.N - b.N })
	return slices.CompactFunc(s, func(a, b Point) bool { return a.N == b.N })
}
