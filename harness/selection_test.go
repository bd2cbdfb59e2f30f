package harness

import (
	"context"
	"strings"
	"testing"
	"time"

	"attnbench/attn"
	"attnbench/attn/mask"
	"attnbench/harness/result"
)

// choosy is the oracle under a selection: of blocks of 4 keys the first and that of the
// rows themselves.
type choosy struct {
	scripted
	elsewhere bool          // attends to another selection than it says
	later     *int          // selections so far; from the sixth on it selects other blocks
	panics    bool          // in Select
	delay     time.Duration // of a Select
}

func (v choosy) Plan(p attn.Problem, o attn.Options) (attn.Plan, error) {
	plan, err := v.scripted.Plan(p, o)
	if err != nil {
		return nil, err
	}
	return choosyPlan{plan.(scriptedPlan), v}, nil
}

type choosyPlan struct {
	scriptedPlan
	v choosy
}

func (x choosyPlan) Selects() string { return "first and own" }

func (x choosyPlan) Forward(a attn.Args, ws []float32) {
	_, attend := x.Select(a, ws)
	attend.Forward(a, ws)
}

func (x choosyPlan) Select(a attn.Args, _ []float32) (attn.Problem, attn.Plan) {
	if x.v.panics {
		panic("boom")
	}
	time.Sleep(x.v.delay)
	s, err := mask.NewSelection(x.p.Shape(), 4, 4)
	if err != nil {
		panic(err)
	}
	for i := 0; 4*i < x.p.QLen; i++ {
		s.Kept(0, 0, i)[0] = 1 | 1<<i
	}
	if x.v.later != nil {
		if *x.v.later++; *x.v.later > 5 {
			s.Kept(0, 0, 3)[0] = 2 | 1<<3
		}
	}
	p := x.p
	p.Mask = mask.And(s, p.VisibilityMask())
	attend := x.scriptedPlan
	if attend.p = p; x.v.elsewhere {
		attend.p = x.p
	}
	return p, attend
}

func TestAPointOfASelectionIsTheAttendStep(t *testing.T) {
	p := sweepOf(t, testBudget(), choosy{scripted: scripted{name: "choosy", workspace: 3}, delay: 3 * time.Millisecond}, 16)[0]
	if p.Status != result.StatusOK || p.Selection == nil {
		t.Fatalf("%s: %s, %+v", p.Status, p.Message, p.Selection)
	}
	// Rows 0 to 3 see up to 4 keys, each of the others 4 keys of the first block too.
	const pairs = 4*10 + 12*4
	s := *p.Selection
	switch {
	case s.By != "first and own", s.Pairs != pairs, s.Of != 16*17/2:
		t.Errorf("%+v", s)
	case len(s.SamplesNS) < 3, s.MedianNS < int64(time.Millisecond), s.Repeats != 0:
		t.Errorf("%d samples, median %d, %d repeats", len(s.SamplesNS), s.MedianNS, s.Repeats)
	case p.FLOPs != pairs*16, p.MedianNS <= 0, p.MedianNS > s.MedianNS, p.GFLOPS <= 0:
		t.Errorf("%d FLOPs in %d ns: want those of the attend step, %d", p.FLOPs, p.MedianNS, pairs*16)
	case p.Agreement == nil, !(p.Agreement.Worst <= 1), !(p.Drift.RelL2 > 0.01):
		t.Errorf("agreement %+v, drift %+v", p.Agreement, p.Drift)
	case p.Problem.Mask != "causal":
		t.Errorf("mask %s: want what the Problem was given", p.Problem.Mask)
	}
	if p := sweepOf(t, testBudget(), scripted{name: "other"}, 16)[0]; p.Selection != nil {
		t.Errorf("a variant that selects nothing has %+v", p.Selection)
	}
}

// A short selection is repeated within a sample, as a short Forward is.
func TestAShortSelectionIsRepeated(t *testing.T) {
	if s := sweepOf(t, testBudget(), choosy{scripted: scripted{name: "choosy"}}, 8)[0].Selection; s == nil || s.Repeats < 2 || s.MedianNS <= 0 {
		t.Errorf("%+v", s)
	}
}

func TestAttendingToAnotherSelectionDisagrees(t *testing.T) {
	p := sweepOf(t, testBudget(), choosy{scripted: scripted{name: "choosy"}, elsewhere: true}, 16)[0]
	if p.Status != result.StatusDisagree || p.MedianNS != 0 || p.Selection.MedianNS != 0 || p.Selection.Pairs == 0 {
		t.Errorf("%+v, %+v", p, p.Selection)
	}
}

func TestTimedSelectionsAreTheCheckedOne(t *testing.T) {
	p := sweepOf(t, testBudget(), choosy{scripted: scripted{name: "choosy"}, later: new(int)}, 16)[0]
	if p.Status != result.StatusDisagree || p.MedianNS != 0 || p.Selection.MedianNS != 0 || !strings.Contains(p.Message, "under the last selection") {
		t.Errorf("%s: %s, %+v", p.Status, p.Message, p.Selection)
	}
}

func TestAPanicOfTheSelectionIsAFailedPoint(t *testing.T) {
	p := sweepOf(t, testBudget(), choosy{scripted: scripted{name: "choosy"}, panics: true}, 16)[0]
	if p.Status != result.StatusFailed || !strings.Contains(p.Message, "the selection panicked: boom") || p.Selection.By == "" {
		t.Errorf("%s: %s, %+v", p.Status, p.Message, p.Selection)
	}
}

// What is not known before the selection is absent where none was made.
func TestASkippedSelectionHasNoWork(t *testing.T) {
	b := testBudget()
	b.Memory = 100
	p := sweepOf(t, b, choosy{scripted: scripted{name: "choosy", workspace: 1000}}, 16)[0]
	if p.Status != result.StatusSkipped || p.FLOPs != 0 || p.ExecutedFLOPs != 0 || p.Selection == nil || p.Selection.Of != 0 {
		t.Errorf("%+v, %+v", p, p.Selection)
	}
}

func TestACheckSelectsAndTimesNothing(t *testing.T) {
	v := choosy{scripted: scripted{name: "choosy"}}
	axes := Axes{Variants: []attn.Variant{v}, Shapes: []attn.Problem{shape(16)}, Workers: []int{1}, Input: "gaussian", Seed: 1}
	src, _, err := OpenSource("gaussian", 1)
	if err != nil {
		t.Fatal(err)
	}
	var p result.Point
	s := Sweep{Variants: axes.Variants, Points: axes.Points(), Source: src, Budget: testBudget(), CheckOnly: true, Record: func(r result.Point) error {
		p = r
		return nil
	}}
	if err := s.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	if p.Status != result.StatusOK || p.Agreement == nil || p.Selection.Pairs == 0 || p.Selection.SamplesNS != nil {
		t.Errorf("%+v, %+v", p, p.Selection)
	}
}

func TestRecallNamesTheSelection(t *testing.T) {
	list := recallsOf(t, 1, wide{}, scripted{name: "dense"})
	if list[0].Selection != "widest" || list[1].Selection != "" || list[0].Status != result.StatusOK {
		t.Errorf("%q and %q, %s", list[0].Selection, list[1].Selection, list[0].Message)
	}
}

// wide is the oracle, with a selection of everything.
type wide struct{}

func (wide) Name() string { return "wide" }

func (wide) Plan(p attn.Problem, o attn.Options) (attn.Plan, error) {
	plan, err := scripted{}.Plan(p, o)
	return widePlan{plan, p}, err
}

type widePlan struct {
	attn.Plan
	p attn.Problem
}

func (widePlan) Selects() string { return "widest" }

func (x widePlan) Select(attn.Args, []float32) (attn.Problem, attn.Plan) { return x.p, x.Plan }
