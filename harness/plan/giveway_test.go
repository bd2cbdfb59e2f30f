package plan

import (
	"slices"
	"strings"
	"testing"
	"time"

	"attnbench/harness/point"
	"attnbench/harness/result"
	"attnbench/harness/verdict"
	"attnbench/harness/visit"
)

// states are the points of a decode sweep of variants a and b.
func states(lengths ...int) []point.Point {
	return axes("a b", lengths...).DecodePoints(point.Phases(), nil, nil)
}

// Prefills take turns with the steps, so that the steps do not take all of the time.
func TestPrefillsTakeTurnsWithSteps(t *testing.T) {
	e := &executor{}
	for _, p := range swept(t, &Sweep{Points: states(16, 32), Executor: e, Budget: DecodeBudget}) {
		if p.Status != result.StatusOK || p.Visits != 6 {
			t.Errorf("%s: %s %q, %d visits", p.Key, p.Status, p.Message, p.Visits)
		}
	}
	var first []string
	for round := range slices.Chunk(e.requests, 6) {
		var list []string
		for _, r := range round {
			list = append(list, r.Points[0].Key())
		}
		slices.Sort(list)
		if first = append(first, list...); !slices.Equal(first[:6], list) {
			t.Errorf("a round of %v: want %v", list, first[:6])
		}
	}
	// What is predicted comes behind what predicts it.
	for i, r := range e.requests[:6] {
		if want := []string{result.WorkloadDecode, result.WorkloadPrefill}[min(1, i/2)]; r.Points[0].Workload != want || i > 3 && r.Points[0].Problem.KVLen != 32 {
			t.Errorf("visit %d is of %s", i, r.Points[0].Key())
		}
	}
}

// Where the time is too short for a few visits to every point, the costliest give way, so that
// the others have enough.
func TestCostlyPointsOfStatesGiveWay(t *testing.T) {
	e := &executor{visit: func(pt point.Point, number int) result.Visit {
		v := okay(pt)
		v.Seconds = 1
		return v
	}}
	b := Budget{Time: 30 * time.Second, Visits: 4, LongVisits: 4, Share: 100, Samples: visit.Samples{Min: 1, Want: 1, Max: 1}}
	points := axes("a b c d", 64, 4096).DecodePoints(point.Phases(), nil, nil)
	given, kept := 0, 0
	for _, p := range swept(t, &Sweep{Points: points, Executor: e, Budget: b}) {
		switch {
		case p.Status == result.StatusSkipped && strings.Contains(p.Message, "4 visits to every point"):
			given++
		case p.Visits >= verdict.MinSeparate:
			kept++
		}
	}
	if given == 0 || kept < 4 {
		t.Errorf("%d points gave way and %d have visits enough, of %d", given, kept, len(points))
	}
}

// A visit to a series is predicted by what one took, not by what its last context took.
func TestASeriesIsPredictedByItsLastVisit(t *testing.T) {
	b := DecodeBudget
	p := newPredictor()
	st := &stop{want: 6}
	var visits []result.Visit
	for _, pt := range axes("a", 1024, 2048, 4096).DecodePoints([]string{result.WorkloadDecode}, nil, nil) {
		st.cells = append(st.cells, &cell{Point: pt})
		v := okay(pt)
		v.MedianNS, v.Seconds = 1e3*int64(pt.Problem.KVLen), 2
		n := b.samples(pt).Count(time.Duration(v.MedianNS))
		v.SamplesNS = slices.Repeat([]int64{v.MedianNS}, n)
		visits = append(visits, v)
		p.learn(pt, v, true)
	}
	p.learnSeries(st.cells, visits, true)
	if got := p.visit(st, true, b).Seconds(); got < 5 || got > 7 {
		t.Errorf("%.1f s: the last took 6", got)
	}
	if got := p.visit(st, false, b).Seconds(); got > 4 {
		t.Errorf("%.1f s for a visit after the full check", got)
	}
}

// A machine on which one series takes long has no time for others as long: they lose their
// longest contexts before they are visited, so that what is visited has visits enough.
func TestSeriesNotYetSeenCountAsOneThatWas(t *testing.T) {
	s := &Sweep{Points: axes("a b", 64, 128, 256).DecodePoints([]string{result.WorkloadDecode}, nil, nil),
		Budget: Budget{Time: 60 * time.Second, Visits: 6, LongVisits: 6}, begin: time.Now(), pred: newPredictor()}
	s.groups = s.group()
	seen := s.groups[0].stops[0]
	var visits []result.Visit
	for _, c := range seen.cells {
		v := okay(c.Point)
		v.Seconds = 8
		visits = append(visits, v)
		c.take(v)
		s.pred.learn(c.Point, v, true)
	}
	s.pred.learnSeries(seen.cells, visits, true)
	for _, c := range []struct {
		other time.Duration
		want  int // contexts of the series not yet seen
	}{{8 * time.Second, 2}, {time.Second, 3}} { // another series took less: all comes back
		s.pred.other = c.other
		s.giveWay()
		if a, b := len(seen.open()), len(s.groups[0].stops[1].open()); a != 3 || b != c.want {
			t.Errorf("at %v a context the series have %d and %d contexts left: want 3 and %d", c.other, a, b, c.want)
		}
	}
}
