package attntest

import (
	"testing"

	"attnbench/attn"
	"attnbench/attn/attntest/internal/kit"
	"attnbench/internal/guard"
)

func workspace(k *kit.Kit) {
	for _, c := range kit.Each(k, few()) {
		for _, o := range k.Options(1, 3) {
			plan := k.Plan(c, o)
			if plan == nil {
				continue
			}
			zeroed := k.Numbers(c)
			ws := make([]float32, plan.Workspace())
			if !k.Guarded(c.String()+": Forward", func() { plan.Forward(zeroed, ws) }) {
				continue
			}
			for shift := range 2 {
				fenced := guard.New("workspace", plan.Workspace(), shift)
				a := k.Numbers(c)
				if !k.Guarded(c.String()+": Forward", func() { plan.Forward(a, fenced.Data()) }) {
					continue
				}
				k.Same(c, "a workspace of zeros and one of NaN", numbersOf(k, c, o, a), zeroed.Out, a.Out)
				if err := fenced.Check(); err != nil {
					k.Fail("%v: %v", c, err)
				}
			}
		}
	}
}

func output(k *kit.Kit) {
	compareRuns(k, "Out held NaN, and numbers", func(c kit.Case, a attn.Args, o attn.Options, again func(attn.Options, attn.Args) attn.Tensor) {
		b := kit.WithOut(c.P, a)
		for i := range b.Out.Data {
			b.Out.Data[i] = 7.25
		}
		again(o, b)
	})
	compareRuns(k, "packed Out and one with gaps", func(c kit.Case, a attn.Args, o attn.Options, again func(attn.Options, attn.Args) attn.Tensor) {
		b := a
		var fenced *guard.Buffer
		b.Out, fenced = kit.Scattered("Out", kit.WithOut(c.P, a).Out, 1)
		before := append([]float32(nil), fenced.Data()...)
		out := again(o, b)
		for i := range c.P.Batch * c.P.QHeads * c.P.QLen {
			copy(out.Row(i/c.P.QLen/c.P.QHeads, i/c.P.QLen%c.P.QHeads, i%c.P.QLen), kit.NaN(c.P.ValueDim))
		}
		if at, same := guard.Same(before, fenced.Data()); !same {
			k.Fail("%v: element %d of Out's buffer lies between rows and was written", c, at)
		}
		if err := fenced.Check(); err != nil {
			k.Fail("%v: %v", c, err)
		}
	})
}

func inputs(k *kit.Kit) {
	for _, c := range kit.Each(k, few()) {
		for _, isa := range k.ISAs() {
			a := k.Numbers(c)
			tensors := []*attn.Tensor{&a.Q, &a.K, &a.V, &a.Bias, &a.Decay, &a.Beta}
			var before []attn.Tensor
			for _, t := range tensors {
				before = append(before, kit.Clone(*t))
			}
			if !k.Compute(c, attn.Options{ISA: isa, Workers: 2}, a) {
				continue
			}
			for i, name := range []string{"Q", "K", "V", "Bias", "Decay", "Beta"} {
				if at, same := guard.Same(before[i].Data, tensors[i].Data); !same {
					k.Fail("%v set %q: element %d of %s was changed", c, isa, at, name)
				}
			}
		}
	}
}

func allocation(k *kit.Kit) {
	if k.Traits.Allocates {
		return
	}
	for _, c := range kit.Each(k, few()) {
		for _, o := range k.Options(1, 2) {
			plan := k.Plan(c, o)
			if plan == nil {
				continue
			}
			a := k.Numbers(c)
			ws := make([]float32, plan.Workspace())
			k.Guarded(c.String()+": Forward", func() {
				// A mean below 1 is the runtime's own, or a record made once for concurrent calls.
				if n := testing.AllocsPerRun(20, func() { plan.Forward(a, ws) }); n >= 1 {
					k.Fail("%v, %d workers: %v allocations per Forward. Make them in Plan, or set Traits.Allocates", c, o.Workers, n)
				}
			})
		}
	}
}
