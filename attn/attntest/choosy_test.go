package attntest_test

import (
	"testing"

	"attnbench/attn"
	"attnbench/attn/attntest"
	"attnbench/attn/mask"
)

// The bugs of a plain variant that selects: it keeps the first key of a block of rows
// and the key whose number its query says, and attends as plain does.
const (
	selectsToOut   bug = "Select writes Out"
	selectsHidden  bug = "selection shows what the mask hides"
	selectsForAll  bug = "one selection for all calls"
	attendsToMore  bug = "attends to all that the mask shows"
	selectsLarger  bug = "selected Plan needs more workspace"
	changesProblem bug = "selected Problem has another scale"
)

type choosy struct{ bug bug }

func (v choosy) Name() string { return "choosy" }

func (v choosy) Traits() attn.Traits { return attn.Traits{Allocates: true} }

func (v choosy) Plan(p attn.Problem, o attn.Options) (attn.Plan, error) {
	plan, err := plain{}.Plan(p, o)
	if err != nil {
		return nil, err
	}
	return &choosyPlan{Plan: plan, bug: v.bug, p: p, o: o}, nil
}

type choosyPlan struct {
	attn.Plan
	bug  bug
	p    attn.Problem
	o    attn.Options
	last *mask.Selection
}

const choosyRows, choosyKeys = 3, 2

func (x *choosyPlan) Forward(a attn.Args, ws []float32) {
	_, attend := x.Select(a, ws)
	attend.Forward(a, ws)
}

func (x *choosyPlan) Select(a attn.Args, ws []float32) (attn.Problem, attn.Plan) {
	a.Check(&x.p, ws, x.Workspace())
	s, err := mask.NewSelection(x.p.Shape(), choosyRows, choosyKeys)
	if err != nil {
		panic(err)
	}
	if x.bug == selectsForAll {
		if x.last != nil {
			s = x.last
		}
		x.last = s
	}
	blocks := (x.p.KVLen + choosyKeys - 1) / choosyKeys
	for b := range x.p.Batch {
		for h := range x.p.QHeads {
			for i := 0; i*choosyRows < x.p.QLen; i++ {
				kept, j := s.Kept(b, h, i), 0
				if a.Q.Row(b, h, i*choosyRows)[0] > 0 {
					j = blocks / 3
				}
				kept[0], kept[j/64] = kept[0]|1, kept[j/64]|1<<(j%64)
			}
		}
	}
	p := x.p
	p.Mask = mask.And(s, p.VisibilityMask())
	switch x.bug {
	case selectsToOut:
		a.Out.Row(0, 0, 0)[0] = 1
	case selectsHidden:
		p.Mask = s
	case changesProblem:
		p.Scale = attn.ScaleOf(3)
	}
	plan, err := plain{}.Plan(p, x.o)
	if err != nil {
		panic(err)
	}
	switch x.bug {
	case attendsToMore:
		plan = x.Plan
	case selectsLarger:
		plan = larger{plan}
	}
	return p, plan
}

func (x *choosyPlan) Selects() string { return "choosy" }

type larger struct{ attn.Plan }

func (x larger) Workspace() int { return x.Plan.Workspace() + 1 }

func TestPlainSelectorConforms(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute under the race detector")
	}
	attntest.Run(t, choosy{})
}

// selectorBugs are the bugs of a selector, each with a rule that must catch it.
var selectorBugs = map[bug]string{
	selectsToOut: "selection", selectsHidden: "selection", selectsForAll: "selection", selectsLarger: "selection",
	changesProblem: "selection", attendsToMore: "agreement",
}

func TestBugsOfASelectorAreCaught(t *testing.T) {
	if testing.Short() {
		t.Skip("takes half a minute under the race detector")
	}
	for bug, rule := range selectorBugs {
		t.Run(string(bug), func(t *testing.T) { mustCatch(t, choosy{bug}, rule) })
	}
}
