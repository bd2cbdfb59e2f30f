package report

import (
	"math"
	"slices"

	"attnbench/harness/result"
	"attnbench/harness/verdict"
)

// reading is a record as its report reads it: labelled, with the verdict on its machine, and
// with the orders of all pairs of points that the report may compare.
type reading struct {
	result.Sweep
	run       verdict.Run
	counting  map[string][]result.Visit   // the visits that count for each point, by key
	intervals map[string]verdict.Interval // of the median of each point with visits, by key
	orders    orders
}

func read(s result.Sweep) *reading {
	s = labelled(s)
	s.Points = slices.Clone(s.Points)
	x := &reading{Sweep: s, run: verdict.Of(s), counting: map[string][]result.Visit{}, intervals: map[string]verdict.Interval{}}
	for i, p := range s.Points {
		counting := x.run.Counting(p)
		x.counting[p.Key] = counting
		if isTimed(p) && len(counting) > 0 {
			x.intervals[p.Key] = verdict.Over(verdict.Times(counting))
			s.Points[i] = counted(p, x.intervals[p.Key].Median)
		}
	}
	x.orders = x.compare()
	return x
}

// counted is a point with the median of its visits that count, and what follows from it. The
// command writes records so; older ones count disturbed visits.
func counted(p result.Point, median float64) result.Point {
	if math.Abs(median-float64(p.MedianNS)) <= 1 {
		return p
	}
	slower := median / float64(p.MedianNS)
	p.MedianNS = int64(median)
	p.GFLOPS /= slower
	p.PeakFraction /= slower
	p.TokensPerSecond /= slower
	p.BandwidthFraction /= slower
	return p
}

// interval is the median of a point with its interval, or with a range: of few visits, of
// the samples of a single visit, so that it does not look certain, or of those of a point of
// schema 1.
func (x *reading) interval(p result.Point) verdict.Interval {
	i, visited := x.intervals[p.Key]
	samples := p.SamplesNS
	if visited && i.Visits == 1 {
		samples = x.counting[p.Key][0].SamplesNS
	}
	if visited && i.Visits > 1 || len(samples) == 0 {
		return i
	}
	lo, hi := span(samples, p.MedianNS)
	return verdict.Interval{Median: float64(p.MedianNS), Lo: float64(lo), Hi: float64(hi), Visits: i.Visits}
}

// between writes the interval of a median in words: 6.33 to 10.3 ms, or range 6.33 to 10.3 ms.
func between(i verdict.Interval) string {
	text := durations(i.Lo, i.Hi)
	if !i.Known() {
		return "range " + text
	}
	return text
}

// timeOf writes the median of a point with its interval: 8.64 ms (6.33 to 10.3 ms).
func (x *reading) timeOf(p result.Point) string {
	return Duration(p.MedianNS) + " (" + between(x.interval(p)) + ")"
}
