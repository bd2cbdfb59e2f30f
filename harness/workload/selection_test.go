package workload

import (
	"strings"
	"testing"
	"time"

	"attnbench/attn"
	"attnbench/attn/mask"
	"attnbench/harness/internal/scripted"
	"attnbench/harness/result"
)

// choosy is the oracle under a selection: of blocks of 4 keys the first and that of the
// rows themselves.
type choosy struct {
	scripted.Variant
	elsewhere bool          // attends to another selection than it says
	later     *int          // selections so far; from the sixth on it selects other blocks
	panics    bool          // in Select
	delay     time.Duration // of a Select
}

func (v choosy) Plan(p attn.Problem, o attn.Options) (attn.Plan, error) {
	plan, err := v.Variant.Plan(p, o)
	if err != nil {
		return nil, err
	}
	return choosyPlan{plan, p, v}, nil
}

type choosyPlan struct {
	attn.Plan
	p attn.Problem
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
		if *x.v.later++; *x.v.later > 3 {
			s.Kept(0, 0, 3)[0] = 2 | 1<<3
		}
	}
	p := x.p
	p.Mask = mask.And(s, p.VisibilityMask())
	of := p
	if x.v.elsewhere {
		of = x.p
	}
	attend, err := x.v.Variant.Plan(of, attn.Options{})
	if err != nil {
		panic(err)
	}
	return p, attend
}

func TestAPointOfASelectionIsTheAttendStep(t *testing.T) {
	p := visited(t, choosy{Variant: scripted.Variant{ID: "choosy", Floats: 3}, delay: 3 * time.Millisecond}, scripted.Shape(16), 1)
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
	case p.FLOPs != pairs*16, len(p.SamplesNS) != samples:
		t.Errorf("%d FLOPs: want those of the attend step, %d", p.FLOPs, pairs*16)
	case p.Agreement == nil, !(p.Agreement.Worst <= 1), !(p.Drift.RelL2 > 0.01):
		t.Errorf("agreement %+v, drift %+v", p.Agreement, p.Drift)
	}
	if p := visited(t, scripted.Variant{ID: "other"}, scripted.Shape(16), 1); p.Selection != nil {
		t.Errorf("a variant that selects nothing has %+v", p.Selection)
	}
}

// A short selection is repeated within a sample, as a short Forward is.
func TestAShortSelectionIsRepeated(t *testing.T) {
	if s := visited(t, choosy{Variant: scripted.Variant{ID: "choosy"}}, scripted.Shape(8), 1).Selection; s == nil || s.Repeats < 2 || s.MedianNS <= 0 {
		t.Errorf("%+v", s)
	}
}

func TestAttendingToAnotherSelectionDisagrees(t *testing.T) {
	p := visited(t, choosy{Variant: scripted.Variant{ID: "choosy"}, elsewhere: true}, scripted.Shape(16), 1)
	if p.Status != result.StatusDisagree || p.SamplesNS != nil || p.Selection.MedianNS != 0 || p.Selection.Pairs == 0 {
		t.Errorf("%+v, %+v", p, p.Selection)
	}
}

func TestTimedSelectionsAreTheCheckedOne(t *testing.T) {
	p := visited(t, choosy{Variant: scripted.Variant{ID: "choosy"}, later: new(int)}, scripted.Shape(16), 1)
	if p.Status != result.StatusDisagree || p.SamplesNS != nil || p.Selection.MedianNS != 0 || !strings.Contains(p.Message, "under the last selection") {
		t.Errorf("%s: %s, %+v", p.Status, p.Message, p.Selection)
	}
}

func TestAPanicOfTheSelectionIsAFailedPoint(t *testing.T) {
	p := visited(t, choosy{Variant: scripted.Variant{ID: "choosy"}, panics: true}, scripted.Shape(16), 1)
	if p.Status != result.StatusFailed || !strings.Contains(p.Message, "the selection panicked: boom") {
		t.Errorf("%s: %s, %+v", p.Status, p.Message, p.Selection)
	}
}
