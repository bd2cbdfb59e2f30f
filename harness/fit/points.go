package fit

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat"
)

// Point is one length of a series, in any one unit.
type Point struct {
	N int // tokens, or whatever the axis counts
	// Values are those of the visits, all above 0; a point without any is left out. A single
	// value is exact, as bytes are: a single visit must not stand here, since nobody knows
	// its noise.
	Values []float64
}

// length is a Point on logarithmic axes.
type length struct {
	n        int
	x        float64 // log n
	mean     float64 // of log values
	variance float64 // of that mean; 0 where exact
	free     float64 // degrees of freedom of variance
}

func newLength(p Point) length {
	logs := make([]float64, len(p.Values))
	for i, v := range p.Values {
		logs[i] = math.Log(v)
	}
	l := length{n: p.N, x: math.Log(float64(p.N))}
	if len(logs) == 1 {
		l.mean = logs[0]
		return l
	}
	l.mean, l.variance = stat.MeanVariance(logs, nil)
	l.variance, l.free = l.variance/float64(len(logs)), float64(len(logs)-1)
	return l
}

// byLength are the usable points, shortest first, and of equal lengths the first.
func byLength(series []Point) []length {
	var s []length
	for _, p := range series {
		if p.N > 0 && len(p.Values) > 0 && slices.Min(p.Values) > 0 {
			s = append(s, newLength(p))
		}
	}
	slices.SortStableFunc(s, func(a, b length) int { return a.n - b.n })
	return slices.CompactFunc(s, func(a, b length) bool { return a.n == b.n })
}
