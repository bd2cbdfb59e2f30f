package attntest

import (
	"attnbench/attn"
	"attnbench/internal/guard"
	"attnbench/internal/oracle"
)

// selected is the Problem that a Forward of a computes, and where the Plan selects the
// Plan that attends under the selection made: c's own Problem and nil where it does not.
func (k *kit) selected(c testCase, o attn.Options, a attn.Args) (p attn.Problem, attend attn.Plan) {
	plan, err := k.v.Plan(c.p, o)
	s, ok := plan.(attn.Selector)
	if err != nil || !ok {
		return c.p, nil
	}
	ws := make([]float32, plan.Workspace())
	guard.Poison(ws)
	p = c.p
	k.guarded(c.String()+": Select", func() { p, attend = s.Select(a, ws) })
	return p, attend
}

// selects reports whether c's Plan is a Selector.
func (k *kit) selects(c testCase) bool {
	plan, err := k.v.Plan(c.p, attn.Options{})
	_, ok := plan.(attn.Selector)
	return ok && err == nil
}

func selection(k *kit) {
	for _, c := range append(few(), partlyVisible()...) {
		for _, o := range k.options(1, 2) {
			if !k.selects(c) {
				continue
			}
			plan := k.plan(c, o)
			a := withLSE(c.p, k.numbers(c))
			if plan == nil || !k.forward(c, plan, a) {
				continue
			}
			k.twoSteps(c, plan.(attn.Selector), a)
		}
	}
}

// twoSteps holds Select and the Forward of what it returns against a, which Forward
// computed.
func (k *kit) twoSteps(c testCase, plan attn.Selector, a attn.Args) {
	b := withLSE(c.p, withOut(c.p, a))
	ws := nan(plan.Workspace())
	var p attn.Problem
	var attend attn.Plan
	if !k.guarded(c.String()+": Select", func() { p, attend = plan.Select(b, ws) }) {
		return
	}
	if at, same := guard.Same(b.Out.Data, nan(len(b.Out.Data))); !same {
		k.fail("%v: Select writes element %d of Out", c, at)
	}
	if plan.Selects() == "" {
		k.fail("%v: the rule of selection has no name", c)
	}
	k.narrower(c, p)
	if attend.Workspace() > plan.Workspace() {
		k.fail("%v: the Plan selected needs %d floats, Forward %d", c, attend.Workspace(), plan.Workspace())
	}
	// A later selection of other numbers must not change this one.
	other := withOut(c.p, a)
	other.Q = clone(a.Q)
	for i := range other.Q.Data {
		other.Q.Data[i] *= -1
	}
	k.guarded(c.String()+": Select", func() { plan.Select(other, ws) })
	if k.forward(testCase{p, c.profile}, attend, b) {
		k.same(c, "Forward and the Plan selected", a.Out, b.Out)
		if at, same := guard.Same(a.LSE, b.LSE); !same {
			k.fail("%v: LSE %d of Forward and of the Plan selected is %v and %v", c, at, a.LSE[at], b.LSE[at])
		}
	}
}

// narrower notes where the selected p shows more than c or is another Problem
// otherwise.
func (k *kit) narrower(c testCase, p attn.Problem) {
	for _, r := range oracle.Sample(&c.p, rowsChecked, seed) {
		q := c.p.Start(r.B) + r.I
		for j := range c.p.Keys(r.B) {
			if p.VisibilityMask().Visible(r.B, r.H, q, j) && !c.p.VisibilityMask().Visible(r.B, r.H, q, j) {
				k.fail("%v: the selection shows key %d to batch %d head %d row %d, the Problem does not", c, j, r.B, r.H, r.I)
				return
			}
		}
	}
	if p.Mask = c.p.Mask; p.String() != c.p.String() {
		k.fail("%v: beside its mask the selected Problem is %v", c, p)
	}
}
