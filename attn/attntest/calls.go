package attntest

import (
	"fmt"
	"slices"

	"attnbench/attn"
	"attnbench/attn/attntest/internal/kit"
	"attnbench/internal/guard"
)

// calls gives one Plan, one workspace and one set of buffers to many calls, and changes a
// few numbers in place between them. A new Plan on copies says what each must give.
func calls(k *kit.Kit) {
	for _, c := range kit.Each(k, few()) {
		for _, o := range k.Options(2) {
			plan := k.Plan(c, o)
			if plan == nil {
				continue
			}
			a, ws := k.Numbers(c), kit.NaN(plan.Workspace())
			for n, change := range changes {
				change.of(&c.P, a)
				if !oneOfMany(k, c, o, plan, a, ws, fmt.Sprintf("call %d, %s", n+1, change.what), n == 3) {
					break
				}
			}
		}
	}
}

// oneOfMany is the next call of plan.
func oneOfMany(k *kit.Kit, c kit.Case, o attn.Options, plan attn.Plan, a attn.Args, ws []float32, what string, asksOracle bool) bool {
	b := a
	for _, t := range []*attn.Tensor{&b.Q, &b.K, &b.V, &b.Bias, &b.Decay, &b.Beta} {
		*t = kit.Clone(*t)
	}
	b = kit.WithOut(c.P, b)
	if !k.Compute(c, o, b) || !k.Guarded(c.String()+": Forward, "+what, func() { plan.Forward(a, ws) }) {
		return false
	}
	failed := len(k.Violations)
	if asksOracle { // or a variant that remembers across Plans would agree with itself
		agrees(k, c, o.ISA+", a new Plan, "+what, b, expectedOn(k, c, b)(o.ISA))
	}
	k.Same(c, fmt.Sprintf("set %q: a new Plan, and %s of one", o.ISA, what), numbersOf(k, c, o, b), b.Out, a.Out)
	return len(k.Violations) == failed
}

// changes are what happens between the calls.
var changes = []struct {
	what string
	of   func(p *attn.Problem, a attn.Args)
}{
	{"Out of NaN", func(*attn.Problem, attn.Args) {}},
	{"the output of the call before still in Out", func(*attn.Problem, attn.Args) {}},
	{"the last V that is seen negated", func(p *attn.Problem, a attn.Args) {
		negate(a.V.Row(p.Batch-1, p.KVHeads-1, max(0, p.Keys(p.Batch-1)-1)))
	}},
	{"a V in the middle negated, Out of numbers", func(p *attn.Problem, a attn.Args) {
		negate(a.V.Row(0, p.KVHeads/2, p.KVLen/2))
		fill(a.Out, 7.25)
	}},
	{"a K in the middle negated", func(p *attn.Problem, a attn.Args) {
		negate(a.K.Row(p.Batch/2, 0, max(0, p.Keys(p.Batch/2)/2-1)))
	}},
	{"the last Q negated, Out of NaN", func(p *attn.Problem, a attn.Args) {
		negate(a.Q.Row(p.Batch-1, p.QHeads-1, p.QLen-1))
		guard.Poison(a.Out.Data)
	}},
	{"every V negated", func(_ *attn.Problem, a attn.Args) { negate(a.V.Data) }},
	{"every V negated again", func(_ *attn.Problem, a attn.Args) { negate(a.V.Data) }},
	{"the keys in the other order", func(p *attn.Problem, a attn.Args) {
		for b := range p.Batch {
			for g := range p.KVHeads {
				for i, j := 0, p.KVLen-1; i < j; i, j = i+1, j-1 {
					for _, t := range []attn.Tensor{a.K, a.V} {
						swap(t.Row(b, g, i), t.Row(b, g, j))
					}
				}
			}
		}
	}},
}

func negate(x []float32) {
	for i := range x {
		x[i] = -x[i]
	}
}

func fill(t attn.Tensor, x float32) {
	for i := range t.Data {
		t.Data[i] = x
	}
}

func swap(x, y []float32) {
	z := slices.Clone(x)
	copy(x, y)
	copy(y, z)
}
