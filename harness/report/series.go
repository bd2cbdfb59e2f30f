package report

import (
	"slices"

	"attnbench/harness/fit"
	"attnbench/harness/result"
)

// series is the points of one curve, shortest first.
type series struct {
	name   string
	points []result.Point // of every status
}

// group collects the curves in the order in which they first appear.
func group(s result.Sweep) []series {
	var list []series
	for _, p := range s.Points {
		i := slices.IndexFunc(list, func(x series) bool { return x.name == p.Series })
		if i < 0 {
			list = append(list, series{name: p.Series})
			i = len(list) - 1
		}
		list[i].points = append(list[i].points, p)
	}
	for _, x := range list {
		slices.SortStableFunc(x.points, func(a, b result.Point) int { return tokens(a) - tokens(b) })
	}
	return list
}

// tokens is the N of a point: the keys that a query may look at.
func tokens(p result.Point) int { return p.Problem.KVLen }

// timed are the points that carry a time.
func (s series) timed() []result.Point {
	var list []result.Point
	for _, p := range s.points {
		if p.Status == result.StatusOK && p.MedianNS > 0 {
			list = append(list, p)
		}
	}
	return list
}

// times are the medians in ns, with the middle half of the samples.
func (s series) times() []fit.Point {
	var list []fit.Point
	for _, p := range s.timed() {
		x := fit.Point{N: tokens(p), Median: float64(p.MedianNS), Lo: float64(p.MedianNS), Hi: float64(p.MedianNS)}
		if len(p.SamplesNS) > 0 {
			x.Lo, x.Hi = fit.Middle(p.SamplesNS)
		}
		list = append(list, x)
	}
	return list
}

// at returns the timed point of N tokens.
func (s series) at(n int) (result.Point, bool) {
	for _, p := range s.timed() {
		if tokens(p) == n {
			return p, true
		}
	}
	return result.Point{}, false
}

func sampleRange(p result.Point) (lo, hi int64) {
	if len(p.SamplesNS) == 0 {
		return p.MedianNS, p.MedianNS
	}
	return slices.Min(p.SamplesNS), slices.Max(p.SamplesNS)
}

// planned are the points whose workspace is known: all but those that no Plan was made for.
func (s series) planned() []result.Point {
	var list []result.Point
	for _, p := range s.points {
		if p.PredictedBytes > 0 {
			list = append(list, p)
		}
	}
	return list
}

// computes names the Problem of a curve: its mask, and its rule unless softmax.
func (s series) computes() string {
	p := s.points[0].Problem
	if p.Rule == "softmax" {
		return p.Mask + " softmax"
	}
	return p.Mask + " " + p.Rule
}
