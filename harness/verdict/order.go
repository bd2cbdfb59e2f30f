package verdict

import (
	"slices"

	"attnbench/harness/result"
)

// unknownFloor stands for the noise floor of a run that has too few anchors.
const unknownFloor = 0.05

// Pair is two points that a report may call faster and slower, with their visits.
type Pair struct{ A, B result.Point }

// Order says which point of a pair is the faster.
type Order struct {
	Sign int // -1: A is faster; +1: B is; 0: nothing can be said
	// Ratio of the medians, B over A, with its distribution-free interval of 95 %; of fewer
	// than 4 visits to either, with the range of the ratios. Zero without times.
	Ratio, Lo, Hi float64
	P             float64 // of the Mann-Whitney test; 1 where the intervals do not part
}

// Orders says of each pair which of its points is the faster. All pairs of a report are
// judged together: the more of them, the clearer each must be.
//
// A point is faster where both have 6 quiet visits, the intervals part, the test holds among
// all, and the medians differ by more than the noise floor. With fewer visits all of one, at
// least 4, must lie below all of the other. In a run that is not quiet it must be faster in
// every round too, disturbed visits included.
func (r Run) Orders(pairs []Pair) []Order {
	list := make([]Order, len(pairs))
	var tested []int // pairs with enough visits for the test
	var p []float64
	for i, x := range pairs {
		a, b := Times(r.Counting(x.A)), Times(r.Counting(x.B))
		if list[i] = order(a, b); min(len(a), len(b)) >= MinVisits {
			tested, p = append(tested, i), append(p, list[i].P)
		}
	}
	for k, holds := range discoveries(p, Level) {
		if !holds {
			list[tested[k]].Sign = 0
		}
	}
	for i, x := range pairs {
		o := &list[i]
		if beyond := 1 + r.floor(); o.Ratio < beyond && o.Ratio > 1/beyond {
			o.Sign = 0
		}
		if !r.Quiet && !inEveryRound(x, o.Sign) {
			o.Sign = 0
		}
	}
	return list
}

// floor is the noise floor, or what stands for it.
func (r Run) floor() float64 {
	if r.Floor == 0 {
		return unknownFloor
	}
	return r.Floor
}

// order compares two sets of visits, in ns, by themselves.
func order(a, b []int64) Order {
	if len(a) == 0 || len(b) == 0 {
		return Order{P: 1}
	}
	x, y := Over(a), Over(b)
	o := Order{Ratio: y.Median / x.Median, P: 1}
	o.Lo, o.Hi = ratios(a, b)
	o.Lo, o.Hi = min(o.Lo, o.Ratio), max(o.Hi, o.Ratio)
	if min(len(a), len(b)) < MinSeparate {
		return o
	}
	if !x.Known() || !y.Known() {
		x.Lo, x.Hi, y.Lo, y.Hi = extremes(a, b)
	}
	switch {
	case x.Hi < y.Lo:
		o.Sign = -1
	case y.Hi < x.Lo:
		o.Sign = 1
	default:
		return o
	}
	o.P = mannWhitney(a, b)
	return o
}

// extremes are the ranges of both.
func extremes(a, b []int64) (aLo, aHi, bLo, bHi float64) {
	return float64(slices.Min(a)), float64(slices.Max(a)), float64(slices.Min(b)), float64(slices.Max(b))
}

// inEveryRound reports whether the faster point of a pair was so in every round that visited
// both, and in at least 4 of them.
func inEveryRound(x Pair, sign int) bool {
	type span struct{ lo, hi int64 }
	spans := func(visits []result.Visit) map[int]span {
		of := map[int]span{}
		for _, v := range timed(visits) {
			s, known := of[v.Round]
			if !known {
				s = span{v.MedianNS, v.MedianNS}
			}
			of[v.Round] = span{min(s.lo, v.MedianNS), max(s.hi, v.MedianNS)}
		}
		return of
	}
	rounds, b := 0, spans(x.B.Visited)
	for round, s := range spans(x.A.Visited) {
		t, both := b[round]
		switch {
		case !both:
			continue
		case sign < 0 && s.hi >= t.lo, sign > 0 && t.hi >= s.lo, sign == 0:
			return false
		}
		rounds++
	}
	return rounds >= MinSeparate
}
