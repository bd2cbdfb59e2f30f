package plan

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"attnbench/harness/point"
	"attnbench/harness/result"
	"attnbench/harness/visit"
)

// plain is a budget without further visits, of 6 to each point.
func plain() Budget {
	b := DefaultBudget
	b.MaxVisits = 0
	return b
}

// withPeak is a visit beside a peak of that many GFLOP/s.
func withPeak(v result.Visit, low, high float64) result.Visit {
	v.PeakLowGFLOPS, v.PeakGFLOPS = low, high
	return v
}

// by is the visits to the points of a variant.
func (e *executor) by(variant string) (n int) {
	for _, r := range e.requests {
		if r.Points[0].Variant == variant {
			n++
		}
	}
	return n
}

func TestEveryRoundVisitsTheAnchor(t *testing.T) {
	for _, lengths := range [][]int{{256, 512, 1024}, {1024}} {
		e := &executor{}
		list := swept(t, &Sweep{Points: axes("a b", lengths...).Points(), Executor: e, Budget: plain()})
		if len(e.anchors) != 6*len(lengths) {
			t.Fatalf("%d anchors in %d rounds", len(e.anchors), 6*len(lengths))
		}
		want := list[0]
		for _, p := range list {
			if p.Variant == "a" && p.Problem.KVLen == lengths[len(lengths)/2] {
				want = p
			}
			if p.Visits != 6 {
				t.Errorf("%s counts %d visits", p.Key, p.Visits)
			}
		}
		for i, v := range e.anchors {
			if v.Key != want.Key || v.Number != i || v.Round != i {
				t.Errorf("anchor %d: %s, number %d, round %d: want %s", i, v.Key, v.Number, v.Round, want.Key)
			}
		}
	}
}

func TestTheAnchorIsCheap(t *testing.T) {
	a := axes("a b", 128, 256, 1024)
	a.Workers = []int{1, 2}
	if pt := anchorOf(a.Points()).cell(); pt.Variant != "a" || pt.Workers != 2 || tokens(pt.Point) != 256 {
		t.Errorf("%s", pt.Key())
	}
	points := axes("a", 1<<10, 1<<12).DecodePoints([]string{result.WorkloadPrefill, result.WorkloadDecode}, nil, nil)
	if pt := anchorOf(points).cell(); pt.Workload != result.WorkloadDecode || tokens(pt.Point) != 1<<10 {
		t.Errorf("%s", pt.Key())
	}
}

// The visits of a point know the round in which they were made, and the anchor's place varies.
func TestVisitsKnowTheirRound(t *testing.T) {
	e := &executor{}
	var rounds []int
	var places []int
	s := &Sweep{Points: axes("a b", 16).Points(), Executor: e, Budget: plain()}
	s.Visited = func(v result.Visit) error { rounds = append(rounds, v.Round); return nil }
	s.Begin = func(Step) { places = append(places, len(e.anchors)) }
	swept(t, s)
	if want := []int{0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5}; !slices.Equal(rounds, want) {
		t.Errorf("rounds %v: want %v", rounds, want)
	}
	if slices.Equal(places, rounds) {
		t.Errorf("the anchor is always the last of its round: %v", places)
	}
}

func TestDisturbedVisitsAreRepeatedAndLeftOut(t *testing.T) {
	for _, c := range []struct{ bad, visits, quiet, disturbed, counting int }{
		{0, 6, 6, 0, 6},
		{2, 8, 6, 2, 6},
		{11, 12, 1, 11, 12}, // as many repeats as wanted visits; one quiet visit is no median
	} {
		e := &executor{visit: func(pt point.Point, number int) result.Visit {
			if number > 0 && number <= c.bad {
				return withPeak(okay(pt), 100, 200)
			}
			return withPeak(okay(pt), 190, 200)
		}}
		p := swept(t, &Sweep{Points: axes("a", 16).Points(), Executor: e, Budget: plain()})[0]
		if len(e.requests) != c.visits || p.QuietVisits != c.quiet || p.DisturbedVisits != c.disturbed || p.Visits != c.counting || len(p.VisitMedians) != c.counting {
			t.Errorf("%+v: %d visits, %d quiet, %d disturbed, %d count", c, len(e.requests), p.QuietVisits, p.DisturbedVisits, p.Visits)
		}
	}
}

// The first points of a run may be visited while a neighbour holds all peaks down.
func TestPointsAreRecordedAgainWhereABetterPeakChangesWhatCounts(t *testing.T) {
	e := &executor{visit: func(pt point.Point, number int) result.Visit {
		if pt.Problem.KVLen == 16 && number < 6 {
			return withPeak(okay(pt), 100, 100)
		}
		return withPeak(okay(pt), 200, 200)
	}}
	s := &Sweep{Points: axes("a", 16, 32).Points(), Executor: e, Budget: plain()}
	var notes []string
	s.Note = func(line string) { notes = append(notes, line) }
	p := swept(t, s)[0]
	if p.QuietVisits != 6 || p.DisturbedVisits != 6 || p.Visits != 6 {
		t.Errorf("%d quiet, %d disturbed, %d count", p.QuietVisits, p.DisturbedVisits, p.Visits)
	}
	if want := []string{"12 visits; further ones where the machine was disturbed (1)"}; !slices.Equal(notes, want) {
		t.Errorf("%q: want %q", notes, want)
	}
}

func TestFurtherVisitsGoWhereTheIntervalIsWidest(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	e := &executor{visit: func(pt point.Point, number int) result.Visit {
		v := okay(pt)
		spread := map[string]float64{"steady": 0.001, "wide": 0.3, "wider": 0.6}[pt.Variant]
		v.MedianNS = int64(1e6 * (1 + spread*rng.Float64()))
		v.SamplesNS = []int64{v.MedianNS}
		return v
	}}
	b := DefaultBudget
	b.MaxVisits = 12
	list := swept(t, &Sweep{Points: axes("steady wide wider", 16).Points(), Executor: e, Budget: b})
	if n := []int{e.by("steady"), e.by("wide"), e.by("wider")}; !slices.Equal(n, []int{6, 12, 12}) {
		t.Errorf("%v visits", n)
	}
	for _, p := range list {
		if p.IntervalNS[0] <= 0 || p.IntervalNS[0] > p.MedianNS || p.IntervalNS[1] < p.MedianNS {
			t.Errorf("%s: %v around %d", p.Variant, p.IntervalNS, p.MedianNS)
		}
	}
	if got := e.requests[18].Points[0].Variant; got == "steady" {
		t.Error("the first further visit is to a steady point")
	}
}

func TestPointsOfWhichNothingCanBeSaidComeFirst(t *testing.T) {
	e := &executor{}
	b := DefaultBudget
	b.Visits, b.LongVisits, b.LongFrom, b.MaxVisits = 5, 2, 16, 6
	swept(t, &Sweep{Points: axes("a b c d e", 16, 32).Points(), Executor: e, Budget: b})
	for _, round := range [][]visit.Request{e.requests[35:43], e.requests[43:51]} {
		n := 0
		for _, r := range round {
			if r.Points[0].Problem.KVLen == 32 {
				n++
			}
		}
		if n < 5 {
			t.Errorf("%d of %d further visits are to the 5 points with too few", n, len(round))
		}
	}
	if a, b := len(e.order(16)), len(e.order(32)); a != 30 || b != 30 {
		t.Errorf("%d visits at 16, %d at 32: want 30, 6 of each", a, b)
	}
}

func TestTheNumberOfVisitsAskedForIsKept(t *testing.T) {
	e := &executor{}
	b := plain()
	b.Visits = 2
	swept(t, &Sweep{Points: axes("a b", 16).Points(), Executor: e, Budget: b})
	if len(e.requests) != 4 {
		t.Errorf("%d visits", len(e.requests))
	}
}

// A neighbour that holds the peak down makes no honest point fail.
func TestAPeakThatMovesFailsNoPoint(t *testing.T) {
	gone := result.Visit{Status: result.StatusFailed, Moved: true, Message: "the machine changed its speed: ..."}
	tooFast := func(pt point.Point) result.Visit {
		v := withPeak(okay(pt), 1, 1)
		v.Status, v.Message, v.FLOPs, v.SamplesNS, v.MedianNS = result.StatusFailed, "useful work is 1.2 times the FMA peak", 120, []int64{100}, 100
		return v
	}
	for name, c := range map[string]struct {
		visit  func(pt point.Point, number int) result.Visit
		status result.Status
		words  string
		visits int
	}{
		"at first": {func(pt point.Point, number int) result.Visit {
			if number < 3 {
				return gone
			}
			return okay(pt)
		}, result.StatusOK, "3 of 9 visits failed: the machine changed its speed", 9},
		"always": {func(point.Point, int) result.Visit { return gone }, result.StatusSkipped, "the machine changed its speed in each of 12 visits, repeat on a quiet one", 12},
		"as another point shows": {func(pt point.Point, number int) result.Visit {
			if pt.Variant == "b" {
				return withPeak(okay(pt), 2, 2)
			}
			if number < 2 {
				return tooFast(pt)
			}
			return withPeak(okay(pt), 2, 2)
		}, result.StatusOK, "2 of 8 visits failed: useful work is 1.2 times the FMA peak", 8},
		"not at all": {func(pt point.Point, number int) result.Visit {
			if pt.Variant == "b" {
				return withPeak(okay(pt), 1, 1)
			}
			return tooFast(pt)
		}, result.StatusFailed, "useful work is 1.2 times the FMA peak", 2},
	} {
		e := &executor{visit: c.visit}
		p := swept(t, &Sweep{Points: axes("a b", 16).Points(), Executor: e, Budget: plain()})[0]
		if p.Status != c.status || !strings.HasPrefix(p.Message, c.words) || e.by("a") != c.visits {
			t.Errorf("%s: %s %q after %d visits: want %s %q after %d", name, p.Status, p.Message, e.by("a"), c.status, c.words, c.visits)
		}
	}
}

// One visit of a round measures the bandwidth, and all points of its engine have it.
func TestTheBandwidthIsMeasuredOnceARound(t *testing.T) {
	asked := 0
	e := &executor{}
	rates := []float64{20, 22, 24, 26, 28, 30}
	all := &reading{e, func(r visit.Request, v *result.Visit) {
		if r.Bandwidth {
			v.BandwidthGBS = rates[asked%6]
			asked++
		}
	}}
	list := swept(t, &Sweep{Points: axes("a b", 16).Points(), Executor: all, Budget: plain()})
	if asked != 6 || list[0].BandwidthGBS != 26 || list[1].BandwidthGBS != 26 {
		t.Errorf("%d measurements in 6 rounds, %v and %v GB/s", asked, list[0].BandwidthGBS, list[1].BandwidthGBS)
	}
}

// reading is an executor that looks at each visit.
type reading struct {
	*executor
	look func(visit.Request, *result.Visit)
}

func (r *reading) Visit(ctx context.Context, q visit.Request) ([]result.Visit, error) {
	list, err := r.executor.Visit(ctx, q)
	for i := range list {
		r.look(q, &list[i])
	}
	return list, err
}

// Anchors of an earlier run count, and a run that was complete makes no visits.
func TestAnEarlierRunKeepsItsAnchors(t *testing.T) {
	e := &executor{}
	var earlier result.Sweep
	s := &Sweep{Points: axes("a", 16).Points(), Executor: e, Budget: DefaultBudget}
	s.Visited = func(v result.Visit) error { earlier.Visits = append(earlier.Visits, v); return nil }
	earlier.Points = swept(t, s)
	earlier.Visits = append(earlier.Visits[:3], e.anchors[:3]...)
	earlier.Points = nil
	e = &executor{}
	swept(t, &Sweep{Points: s.Points, Executor: e, Budget: DefaultBudget, Earlier: earlier})
	if len(e.requests) != 3 || len(e.anchors) != 3 || e.anchors[0].Number != 3 || e.anchors[0].Round != 3 {
		t.Errorf("%d visits, anchors %+v", len(e.requests), e.anchors)
	}
	earlier.End = &result.End{Status: "complete"}
	earlier.Visits = nil
	for i := range 4 {
		v := okay(s.Points[0])
		v.Key, v.Number = s.Points[0].Key(), i
		earlier.Visits = append(earlier.Visits, v)
	}
	b := DefaultBudget
	b.Visits = 4
	e = &executor{}
	if swept(t, &Sweep{Points: s.Points, Executor: e, Budget: b, Earlier: earlier}); len(e.requests)+len(e.anchors) != 0 {
		t.Errorf("%d visits after the end", len(e.requests))
	}
}

// The budget bounds further visits: one that does not fit is not made.
func TestFurtherVisitsEndWithTheBudget(t *testing.T) {
	e := &executor{visit: func(pt point.Point, number int) result.Visit {
		v := okay(pt)
		v.Seconds = 3600
		if number < 6 {
			v.Seconds = 0.01
		}
		v.MedianNS = int64(1e6 * (1 + number%7))
		v.SamplesNS = []int64{v.MedianNS}
		return v
	}}
	b := DefaultBudget
	b.Time = time.Minute
	swept(t, &Sweep{Points: axes("a", 16).Points(), Executor: e, Budget: b})
	if n := len(e.requests); n > 7 {
		t.Errorf("%d visits, of which each after the sixth takes an hour", n)
	}
}

// On a busy machine the long lengths, which come last, have their 4 visits before the short
// ones have 6.
func TestLongPointsAreNotLeftWithoutVisits(t *testing.T) {
	for _, c := range []struct {
		seconds float64 // of a visit to the short point, to see what is predicted of the long one
		fifth   int     // length in the round after the fourth
	}{{0.1, 16}, {140, 32}} {
		e := &executor{visit: func(pt point.Point, number int) result.Visit {
			v := okay(pt)
			v.Seconds = c.seconds
			return v
		}}
		b := DefaultBudget
		b.Time = 30 * time.Minute
		swept(t, &Sweep{Points: axes("a b c d", 16, 32).Points(), Executor: e, Budget: b})
		if got := e.requests[4*4].Points[0].Problem.KVLen; got != c.fifth {
			t.Errorf("visits of %v s: the fifth round is of length %d: want %d", c.seconds, got, c.fifth)
		}
		if a, b := len(e.order(16)), len(e.order(32)); a != 4*6 || b != 4*6 {
			t.Errorf("visits of %v s: %d to the short points, %d to the long ones", c.seconds, a, b)
		}
	}
}

// A point that has no time for all of its visits, and for 3, has these.
func TestACostlyPointHasFewerVisits(t *testing.T) {
	for seconds, want := range map[float64]int{4: 6, 7: 4, 9: 3, 11: 0} {
		e := &executor{visit: func(pt point.Point, number int) result.Visit {
			v := okay(pt)
			v.Seconds = 0.01
			if pt.Problem.KVLen == 512 {
				v.Seconds = seconds
			}
			return v
		}}
		b := plain()
		b.Visits, b.Time = 6, 2*time.Minute
		a := axes("a", 512, 1024)
		p := swept(t, &Sweep{Points: a.Points(), Executor: e, Budget: b})
		if n := len(e.order(1024)); n != want {
			t.Errorf("after visits of %v s at half the length: %d visits, %s: want %d", seconds, n, p[1].Message, want)
		}
	}
}
