package report

import (
	"fmt"

	"attnbench/harness/result"
	"attnbench/harness/verdict"
)

// maxPairs bounds the pairs of points of one length that are all compared. A report of more
// compares the fastest and the slowest by median of each length with all others.
const maxPairs = 20_000

// orders are what the visits say of pairs of points, by their keys.
type orders struct {
	of  map[[2]string]verdict.Order
	all bool // every pair of a length was compared
}

// compare orders all pairs of points that have one length and are of one kind, together: the
// more there are, the clearer each must be. Points without enough visits have no order.
func (x *reading) compare() orders {
	var fields [][]result.Point // the comparable points of a kind and length, the fastest first
	pairs := 0
	for _, kind := range []func(result.Point) bool{isForward, isStep, isChunked} {
		curves := group(only(x.Sweep, kind))
		for _, n := range lengths(curves) {
			at := x.comparable(timedAt(curves, n))
			fields = append(fields, at)
			pairs += len(at) * (len(at) - 1) / 2
		}
	}
	o := orders{map[[2]string]verdict.Order{}, pairs <= maxPairs}
	var list []verdict.Pair
	for _, at := range fields {
		for i, a := range at {
			for j := i + 1; j < len(at); j++ {
				if o.all || i == 0 || j == len(at)-1 {
					list = append(list, verdict.Pair{A: a, B: at[j]})
				}
			}
		}
	}
	for i, order := range x.run.Orders(list) {
		o.of[[2]string{list[i].A.Key, list[i].B.Key}] = order
	}
	return o
}

// comparable are the points with enough visits to be called faster or slower.
func (x *reading) comparable(points []result.Point) []result.Point {
	return where(points, func(p result.Point) bool { return x.intervals[p.Key].Visits >= verdict.MinSeparate })
}

// order says which of two points is the faster. Its ratio is that of b over a.
func (x *reading) order(a, b result.Point) verdict.Order {
	if o, known := x.orders.of[[2]string{a.Key, b.Key}]; known {
		return o
	}
	o, known := x.orders.of[[2]string{b.Key, a.Key}]
	if !known || o.Ratio == 0 {
		return verdict.Order{}
	}
	return verdict.Order{Sign: -o.Sign, Ratio: 1 / o.Ratio, Lo: 1 / o.Hi, Hi: 1 / o.Lo, P: o.P}
}

// faster reports whether a is the faster.
func (x *reading) faster(a, b result.Point) bool { return x.order(a, b).Sign < 0 }

// alike is the word for a pair without an order: alike where the interval of their ratio
// has 1 in it, else unclear.
func alike(o verdict.Order) string {
	if o.Lo <= 1 && o.Hi >= 1 {
		return "alike"
	}
	return "unclear"
}

// interval writes a ratio with its interval: 2.72 (2.50 to 2.91).
func interval(o verdict.Order) string {
	return fmt.Sprintf("%s (%s to %s)", ratio(o.Ratio), ratio(o.Lo), ratio(o.Hi))
}
