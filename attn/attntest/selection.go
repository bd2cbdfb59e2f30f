package attntest

import (
	"attnbench/attn"
	"attnbench/attn/attntest/internal/kit"
	"attnbench/internal/guard"
	"attnbench/internal/oracle"
)

// selected returns the Problem that a Forward of a computes. Where the Plan selects, this is
// c under the selection made, and attend is the Plan that attends under it; elsewhere
// attend is nil.
func selected(k *kit.Kit, c kit.Case, o attn.Options, a attn.Args) (p attn.Problem, attend attn.Plan) {
	plan, err := k.Variant.Plan(c.P, o)
	s, ok := plan.(attn.Selector)
	if err != nil || !ok {
		return c.P, nil
	}
	ws := make([]float32, plan.Workspace())
	guard.Poison(ws)
	p = c.P
	k.Guarded(c.String()+": Select", func() { p, attend = s.Select(a, ws) })
	return p, attend
}

// numbersOf are those that c is computed from, with what the Plan selects.
func numbersOf(k *kit.Kit, c kit.Case, o attn.Options, a attn.Args) kit.Numbers {
	p, _ := selected(k, c, o, a)
	return kit.Numbers{P: p, A: a}
}

// selects reports whether the Plan of c is an attn.Selector.
func selects(k *kit.Kit, c kit.Case) bool {
	plan, err := k.Variant.Plan(c.P, attn.Options{})
	_, ok := plan.(attn.Selector)
	return ok && err == nil
}

func selection(k *kit.Kit) {
	for _, c := range kit.Each(k, append(few(), partlyVisible()...)) {
		for _, o := range k.Options(1, 2) {
			if !selects(k, c) {
				continue
			}
			plan := k.Plan(c, o)
			a := kit.WithLSE(c.P, k.Numbers(c))
			if plan == nil || !k.Forward(c, plan, a) {
				continue
			}
			twoSteps(k, c, plan.(attn.Selector), a)
		}
	}
}

// twoSteps compares a, which Forward computed, with a Select followed by the Forward of the
// Plan that Select returns.
func twoSteps(k *kit.Kit, c kit.Case, plan attn.Selector, a attn.Args) {
	b := kit.WithLSE(c.P, kit.WithOut(c.P, a))
	ws := kit.NaN(plan.Workspace())
	var p attn.Problem
	var attend attn.Plan
	if !k.Guarded(c.String()+": Select", func() { p, attend = plan.Select(b, ws) }) {
		return
	}
	if at, same := guard.Same(b.Out.Data, kit.NaN(len(b.Out.Data))); !same {
		k.Fail("%v: Select writes element %d of Out", c, at)
	}
	if plan.Selects() == "" {
		k.Fail("%v: the rule of selection has no name", c)
	}
	narrower(k, c, p)
	if attend.Workspace() > plan.Workspace() {
		k.Fail("%v: the Plan selected needs %d floats, Forward %d", c, attend.Workspace(), plan.Workspace())
	}
	// A later selection, of other numbers, must not change this one.
	other := kit.WithOut(c.P, a)
	other.Q = kit.Clone(a.Q)
	for i := range other.Q.Data {
		other.Q.Data[i] *= -1
	}
	k.Guarded(c.String()+": Select", func() { plan.Select(other, ws) })
	if k.Forward(c.With(p), attend, b) {
		k.Same(c, "Forward and the Plan selected", kit.Numbers{P: p, A: a}, a.Out, b.Out)
		if at, same := guard.Same(a.LSE, b.LSE); !same {
			k.Fail("%v: LSE %d of Forward and of the Plan selected is %v and %v", c, at, a.LSE[at], b.LSE[at])
		}
	}
}

// narrower notes where p, which Select returned, shows more than c or differs from c in more
// than its mask.
func narrower(k *kit.Kit, c kit.Case, p attn.Problem) {
	for _, r := range oracle.Sample(&c.P, rowsChecked, kit.Seed) {
		q := c.P.Start(r.B) + r.I
		for j := range c.P.Keys(r.B) {
			if p.VisibilityMask().Visible(r.B, r.H, q, j) && !c.P.VisibilityMask().Visible(r.B, r.H, q, j) {
				k.Fail("%v: the selection shows key %d to batch %d head %d row %d, the Problem does not", c, j, r.B, r.H, r.I)
				return
			}
		}
	}
	if p.Mask = c.P.Mask; p.String() != c.P.String() {
		k.Fail("%v: beside its mask the selected Problem is %v", c, p)
	}
}
