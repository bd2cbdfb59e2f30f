package plan

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"attnbench/attn"
	"attnbench/harness/internal/scripted"
	"attnbench/harness/point"
	"attnbench/harness/result"
	"attnbench/harness/visit"
)

// executor makes visits by a script, in no time.
type executor struct {
	requests []visit.Request // but those of anchors
	anchors  []result.Visit
	visit    func(pt point.Point, number int) result.Visit // nil: ok
}

func (e *executor) Visit(ctx context.Context, r visit.Request) (list []result.Visit, err error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	e.requests = append(e.requests, r)
	for i, pt := range r.Points {
		v := okay(pt)
		if e.visit != nil {
			v = e.visit(pt, r.Numbers[i])
		}
		list = append(list, v)
	}
	return list, nil
}

// okay is a visit at 1 GFLOP/s.
func okay(pt point.Point) result.Visit {
	ns := workOf(pt)
	return result.Visit{Status: result.StatusOK, SamplesNS: []int64{ns}, MedianNS: ns, FLOPs: ns, Seconds: 1e-9 * float64(ns),
		Agreement: &result.Agreement{Worst: 0.1, Rows: 16, Samples: 1}, InputBytes: 30, OutputBytes: 10, PeakBytes: 40, Isolated: true}
}

// order is the visits of a length, by variant.
func (e *executor) order(tokens int) (list []string) {
	for _, r := range e.requests {
		if r.Points[0].Problem.KVLen == tokens {
			list = append(list, r.Points[0].Variant)
		}
	}
	return list
}

func axes(names string, lengths ...int) point.Axes {
	a := point.Axes{Workers: []int{1}, Input: "gaussian", Seed: 1}
	for _, name := range strings.Fields(names) {
		a.Variants = append(a.Variants, scripted.Variant{ID: name})
	}
	for _, n := range lengths {
		a.Shapes = append(a.Shapes, scripted.Shape(n))
	}
	return a
}

// apart keeps the anchors of a sweep apart.
func (e *executor) apart(s *Sweep) {
	visited := s.Visited
	s.Visited = func(v result.Visit) error {
		if v.Anchor {
			e.requests, e.anchors = e.requests[:len(e.requests)-1], append(e.anchors, v)
			return nil
		}
		if visited != nil {
			return visited(v)
		}
		return nil
	}
}

func swept(t *testing.T, s *Sweep) (list []result.Point) {
	t.Helper()
	s.Record = func(p result.Point) error {
		if i := slices.IndexFunc(list, func(q result.Point) bool { return q.Key == p.Key }); i >= 0 {
			list[i] = p // the last counts
		} else {
			list = append(list, p)
		}
		return nil
	}
	if e, ok := s.Executor.(*executor); ok {
		e.apart(s)
	}
	if err := s.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	return list
}

func TestVisitsOfOneLengthTakeTurnsInRounds(t *testing.T) {
	var orders [2][]string
	for i := range orders {
		e := &executor{}
		list := swept(t, &Sweep{Points: axes("a b c", 16, 32).Points(), Executor: e, Budget: DefaultBudget, Seed: uint64(i)})
		if len(list) != 6 || len(e.requests) != 36 {
			t.Fatalf("%d points, %d visits", len(list), len(e.requests))
		}
		orders[i] = e.order(16)
		for round := range slices.Chunk(orders[i], 3) {
			if got := slices.Sorted(slices.Values(round)); !slices.Equal(got, []string{"a", "b", "c"}) {
				t.Errorf("a round of %v", round)
			}
		}
		for j, r := range e.requests {
			if r.Whole != (r.Numbers[0] == 0) || !r.Whole && r.Rows != 16 || j < 18 != (r.Points[0].Problem.KVLen == 16) {
				t.Errorf("visit %d: %+v", j, r)
			}
		}
	}
	if slices.Equal(orders[0], orders[1]) {
		t.Errorf("two seeds have one order: %v", orders[0])
	}
}

func TestLongPointsHaveFewerVisits(t *testing.T) {
	e := &executor{}
	swept(t, &Sweep{Points: axes("a", 4096, 8192).Points(), Executor: e, Budget: Budget{Time: time.Hour, Visits: 6, LongVisits: 3, LongFrom: 4096}})
	if a, b := len(e.order(4096)), len(e.order(8192)); a != 6 || b != 3 {
		t.Errorf("%d visits at 4096, %d at 8192", a, b)
	}
}

func TestAPointSumsUpItsVisits(t *testing.T) {
	e := &executor{visit: func(pt point.Point, number int) result.Visit {
		v := okay(pt)
		v.MedianNS = []int64{50, 10, 40, 20, 30, 60}[number%6]
		v.Agreement.Worst, v.Agreement.Profile = float64(number)/10, "gaussian"
		v.PeakBytes += int64(number)
		return v
	}}
	b := DefaultBudget
	b.MaxVisits = 0
	var visits []result.Visit
	p := swept(t, &Sweep{Points: axes("a", 16).Points(), Executor: e, Budget: b, Visited: func(v result.Visit) error {
		visits = append(visits, v)
		return nil
	}})[0]
	switch {
	case p.Status != result.StatusOK, p.Visits != 6, p.MedianNS != 35, !slices.Equal(p.VisitMedians, []int64{50, 10, 40, 20, 30, 60}):
		t.Errorf("%+v", p)
	case p.Agreement.Worst != 0.5, p.Agreement.Samples != 6, p.PeakBytes != 42, p.PredictedBytes != 40, !p.Isolated, p.Key == "":
		t.Errorf("%+v, %+v", p, p.Agreement)
	}
	for i, v := range visits {
		if v.Key != p.Key || v.Number != i {
			t.Errorf("visit %d is %d of %q", i, v.Number, v.Key)
		}
	}
}

func TestACrashCostsOneVisit(t *testing.T) {
	crash := result.Visit{Status: result.StatusFailed, Message: "ended by SIGSEGV"}
	e := &executor{visit: func(pt point.Point, number int) result.Visit {
		if pt.Variant == "b" || number == 2 {
			return crash
		}
		return okay(pt)
	}}
	list := swept(t, &Sweep{Points: axes("a b", 16).Points(), Executor: e, Budget: DefaultBudget})
	if a := list[0]; a.Status != result.StatusOK || a.Visits != 6 || a.Message != "1 of 7 visits failed: ended by SIGSEGV" {
		t.Errorf("a: %s %q, %d visits", a.Status, a.Message, a.Visits)
	}
	if b := list[1]; b.Status != result.StatusFailed || b.Message != crash.Message || b.MedianNS != 0 {
		t.Errorf("b: %s %q", b.Status, b.Message)
	}
	if n := len(e.requests); n != 7+maxFailed {
		t.Errorf("%d visits: b goes on crashing", n)
	}
}

func TestAVisitThatDisagreesEndsThePoint(t *testing.T) {
	e := &executor{visit: func(pt point.Point, number int) result.Visit {
		if number == 3 {
			return result.Visit{Status: result.StatusDisagree, Message: "wrong", Agreement: &result.Agreement{Worst: 7, Rows: 1}}
		}
		return okay(pt)
	}}
	p := swept(t, &Sweep{Points: axes("a", 16).Points(), Executor: e, Budget: DefaultBudget})[0]
	if p.Status != result.StatusDisagree || p.Message != "wrong" || p.MedianNS != 0 || p.VisitMedians != nil || p.Agreement.Worst != 7 || len(e.requests) != 4 {
		t.Errorf("%+v after %d visits", p, len(e.requests))
	}
}

func TestAnEarlierRunIsContinued(t *testing.T) {
	points := axes("a b", 16, 32).Points()
	var earlier result.Sweep
	for i, n := range []int{6, 2, 0, 1} {
		for number := range n {
			v := okay(points[i])
			v.Key, v.Number = points[i].Key(), number
			earlier.Visits = append(earlier.Visits, v)
		}
	}
	// The second point was recorded when the run was interrupted, before it had all visits.
	for i, n := range []int{6, 2} {
		ns := slices.Repeat([]int64{workOf(points[i])}, n)
		earlier.Points = append(earlier.Points, result.Point{Key: points[i].Key(), Status: result.StatusOK, VisitMedians: ns, QuietVisits: n})
	}
	e := &executor{}
	list := swept(t, &Sweep{Points: points, Executor: e, Budget: DefaultBudget, Earlier: earlier})
	if len(list) != 3 || len(e.requests) != 4+6+5 {
		t.Errorf("%d points were recorded, %d visits made", len(list), len(e.requests))
	}
	for _, p := range list {
		if p.Visits != 6 || p.Key == points[0].Key() {
			t.Errorf("%s has %d visits", p.Key, p.Visits)
		}
	}
	if i := slices.IndexFunc(e.requests, func(r visit.Request) bool { return r.Points[0].Key() == points[1].Key() }); e.requests[i].Whole || e.requests[i].Numbers[0] != 2 {
		t.Errorf("the next visit of a point with two is %+v", e.requests[i])
	}
}

func TestWhatWouldTakeTooLongIsSkippedWithItsPrediction(t *testing.T) {
	e := &executor{}
	b := Budget{Time: 10 * time.Second, Visits: 2, LongVisits: 2, LongFrom: 1 << 30, Samples: visit.Samples{Min: 1, Want: 1, Max: 1}}
	list := swept(t, &Sweep{Points: axes("a", 256, 16384).Points(), Executor: e, Budget: b})
	p := list[1]
	if p.Status != result.StatusSkipped || !strings.Contains(p.Message, "predicted") || p.PredictedNS < 1e9 || p.MedianNS != 0 {
		t.Errorf("%s: %s, %d", p.Status, p.Message, p.PredictedNS)
	}
	// Of a large point that nothing is known of, a short visit tells, which is no visit of it.
	e = &executor{}
	list = swept(t, &Sweep{Points: axes("a", 16384).Points(), Executor: e, Budget: b})
	if len(e.order(pilotLen)) != 1 || len(e.requests) != 1 || list[0].Status != result.StatusSkipped {
		t.Errorf("%d visits, %s", len(e.requests), list[0].Status)
	}
}

func TestWhatMemoryDoesNotHoldIsSkipped(t *testing.T) {
	needs := func(pt point.Point) (int64, bool) { return int64(pt.Problem.KVLen) << 26, true }
	b := DefaultBudget
	b.Memory = 18<<30 + 1<<28 - 1<<20
	e := &executor{}
	p := swept(t, &Sweep{Points: axes("a", 1024).Points(), Executor: e, Budget: b, needs: needs})[0]
	if p.Status != result.StatusSkipped || p.Message != "needs 64.0 GiB, 18.2 GiB free" || len(e.requests) != 0 || p.VisitBytes != 64<<30 {
		t.Errorf("%s %q, %d visits, %d bytes", p.Status, p.Message, len(e.requests), p.VisitBytes)
	}
	// A series loses the contexts that do not fit, and one visit serves the others.
	a := axes("a", 100, 200, 400)
	points := a.DecodePoints([]string{result.WorkloadDecode}, nil, nil)
	list := swept(t, &Sweep{Points: points, Executor: e, Budget: b, needs: needs})
	if len(list) != 3 || list[2].Status != result.StatusSkipped || list[1].Status != result.StatusOK || len(e.requests) != 6 || len(e.requests[0].Points) != 2 {
		t.Errorf("%d points, %d visits", len(list), len(e.requests))
	}
}

func TestAnInterruptKeepsWhatWasVisited(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	e := &executor{}
	var list []result.Point
	s := &Sweep{Points: axes("a b", 16, 32).Points(), Executor: e, Budget: DefaultBudget, Record: func(p result.Point) error {
		list = append(list, p)
		return nil
	}, Visited: func(result.Visit) error {
		if len(e.requests) == 14 {
			cancel()
		}
		return nil
	}}
	e.apart(s)
	if err := s.Run(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("%v: want canceled", err)
	}
	total := 0
	for _, p := range list {
		total += p.Visits
	}
	if len(list) != 4 || total != 14 {
		t.Errorf("%d points with %d visits", len(list), total)
	}
}

func TestACheckMakesOneWholeVisitAndTimesNothing(t *testing.T) {
	e := &executor{}
	swept(t, &Sweep{Points: axes("a b", 16).Points(), Executor: e, Budget: DefaultBudget, CheckOnly: true})
	for _, r := range e.requests {
		if !r.Whole || r.Samples.Max != 0 {
			t.Errorf("%+v", r)
		}
	}
	if len(e.requests) != 2 {
		t.Errorf("%d visits", len(e.requests))
	}
}

// A step of a state of one size takes the same at any context, and is not skipped for a long one.
func TestAStepOfAStateOfOneSizeIsPredictedTheSameAtAnyContext(t *testing.T) {
	a := axes("a", 1<<10, 1<<19)
	a.Rules = []attn.Rule{{Kind: attn.Linear}}
	points := a.DecodePoints([]string{result.WorkloadDecode}, nil, nil)
	if near, far := newPredictor().call(points[0]), newPredictor().call(points[1]); near != far {
		t.Errorf("a step takes %v after 1024 tokens and %v after 512k", near, far)
	}
}

// An interrupt right after a visit that failed by bad luck gives nothing up.
func TestAPointWhoseFirstVisitFailedIsVisitedAgainByAResume(t *testing.T) {
	points := axes("a b", 16).Points()
	bad := result.Visit{Key: points[0].Key(), Status: result.StatusFailed, Message: "ended by SIGKILL"}
	earlier := result.Sweep{Visits: []result.Visit{bad}, Points: []result.Point{
		{Key: points[0].Key(), Status: result.StatusFailed}, {Key: points[1].Key(), Status: result.StatusSkipped, Message: "no time was left"},
	}}
	e := &executor{}
	list := swept(t, &Sweep{Points: points, Executor: e, Budget: DefaultBudget, Earlier: earlier})
	for _, p := range list[len(list)-2:] {
		if p.Status != result.StatusOK || p.Visits < 5 {
			t.Errorf("%s: %s, %d visits", p.Variant, p.Status, p.Visits)
		}
	}
}

// What a very short point takes beside its calls is the start of a process, at any length.
func TestAVeryShortPointDoesNotMakeALongOneLookSlow(t *testing.T) {
	e := &executor{visit: func(pt point.Point, _ int) result.Visit {
		v := okay(pt)
		v.Seconds += 0.4
		return v
	}}
	list := swept(t, &Sweep{Points: axes("a", 16, 8192).Points(), Executor: e, Budget: DefaultBudget})
	for _, p := range list {
		if p.Status != result.StatusOK {
			t.Errorf("%d tokens: %s, %s", p.Problem.KVLen, p.Status, p.Message)
		}
	}
}

// A kernel that hangs costs one timeout of seconds, and no second one.
func TestAHangCostsOneTimeout(t *testing.T) {
	e := &executor{}
	e.visit = func(pt point.Point, _ int) result.Visit {
		if pt.Variant != "b" {
			return okay(pt)
		}
		timeout := e.requests[len(e.requests)-1].Timeout
		if timeout > 20*time.Second {
			t.Errorf("%d tokens may take %v", pt.Problem.KVLen, timeout)
		}
		return result.Visit{Status: result.StatusFailed, Message: "the visit took longer", Seconds: timeout.Seconds()}
	}
	list := swept(t, &Sweep{Points: axes("a b", 256).Points(), Executor: e, Budget: DefaultBudget})
	hung := 0
	for _, r := range e.requests {
		if r.Points[0].Variant == "b" {
			hung++
		}
	}
	if hung != 1 || list[0].Status != result.StatusOK || list[1].Status != result.StatusFailed {
		t.Errorf("%d visits hung; %s, %s", hung, list[0].Status, list[1].Status)
	}
}

// The status of a crash of the command needs a panic that the command can recover.
func TestAPanicOfTheExecutorIsOneOfTheSweep(t *testing.T) {
	defer func() {
		if p, ok := recover().(*visit.Panic); !ok || p.Value != "in an executor" {
			t.Errorf("%v", p)
		}
	}()
	swept(t, &Sweep{Points: axes("v", 16).Points(), Executor: &executor{visit: func(point.Point, int) result.Visit { panic("in an executor") }}, Budget: DefaultBudget})
}
