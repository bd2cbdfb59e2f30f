package report

import (
	"fmt"

	"attnbench/harness/result"
	"attnbench/harness/verdict"
)

// measured is how a median came about, in words.
type measured struct {
	Interval, Samples, Visits string
}

// timesOf describes the median of a point.
func (x *reading) timesOf(p result.Point) measured {
	m := measured{Interval: cell(x.interval(p))}
	if len(p.Visited) == 0 {
		m.Samples = samples(len(p.SamplesNS), p.Repeats)
		return m
	}
	m.Visits = x.visits(p)
	m.Samples = x.samples(p, func(v result.Visit) (int, int) { return len(v.SamplesNS), v.Repeats })
	return m
}

// selectionTimesOf describes the median of the selection of a point.
func (x *reading) selectionTimesOf(p result.Point) measured {
	s := p.Selection
	if len(p.Visited) == 0 {
		lo, hi := span(s.SamplesNS, s.MedianNS)
		return measured{Interval: cell(verdict.Interval{Lo: float64(lo), Hi: float64(hi)}), Samples: samples(len(s.SamplesNS), s.Repeats)}
	}
	var medians []int64
	for _, v := range x.counting[p.Key] {
		if v.Selection != nil && v.Selection.MedianNS > 0 {
			medians = append(medians, v.Selection.MedianNS)
		}
	}
	return measured{cell(verdict.Over(medians)), x.samples(p, func(v result.Visit) (int, int) {
		if v.Selection == nil {
			return 0, 0
		}
		return len(v.Selection.SamplesNS), v.Selection.Repeats
	}), x.visits(p)}
}

// cell writes an interval for a table whose head says that it is one; the range of few visits
// is named.
func cell(i verdict.Interval) string {
	text := Duration(int64(i.Lo)) + " – " + Duration(int64(i.Hi))
	if i.Known() || i.Visits == 0 { // schema 1
		return text
	}
	return "range " + text
}

// visits says how many visits a median counts, and why not the others.
func (x *reading) visits(p result.Point) string {
	counting, made := len(x.counting[p.Key]), len(p.Visited)
	text := Count(int64(counting))
	if made == counting {
		return text
	}
	text += " of " + Count(int64(made))
	out := leftOut(x.run, p)
	if out > 0 {
		text += fmt.Sprintf(", %d disturbed", out)
	}
	if failed := made - counting - out; failed > 0 {
		text += fmt.Sprintf(", %d failed", failed)
	}
	return text
}

// leftOut is the number of visits to a point that have a time and were disturbed, and that
// its median does not count.
func leftOut(run verdict.Run, p result.Point) (n int) {
	if !isTimed(p) {
		return 0
	}
	for _, v := range p.Visited {
		if v.Timed() {
			n++
		}
	}
	return n - len(run.Counting(p))
}

// samples counts the samples of the visits that a median counts. of tells their number and
// repeats in a visit.
func (x *reading) samples(p result.Point, of func(result.Visit) (number, repeats int)) string {
	all, repeats := 0, map[int]bool{}
	for _, v := range x.counting[p.Key] {
		n, r := of(v)
		all, repeats[r] = all+n, true
	}
	if len(repeats) > 1 {
		return samples(all, 1) // repeats differ: the count alone
	}
	for r := range repeats {
		return samples(all, r)
	}
	return ""
}

// samples writes a number of samples, each the mean of some repeats.
func samples(n, repeats int) string {
	if repeats > 1 {
		return fmt.Sprintf("%s × %d", Count(int64(n)), repeats)
	}
	return Count(int64(n))
}
