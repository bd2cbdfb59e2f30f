package attntest

import (
	"testing"

	"attnbench/attn"
	"attnbench/internal/guard"
)

func workspace(k *kit) {
	for _, c := range few() {
		for _, o := range k.options(1, 3) {
			plan := k.plan(c, o)
			if plan == nil {
				continue
			}
			zeroed := k.numbers(c)
			ws := make([]float32, plan.Workspace())
			if !k.guarded(c.String()+": Forward", func() { plan.Forward(zeroed, ws) }) {
				continue
			}
			for shift := range 2 {
				fenced := guard.New("workspace", plan.Workspace(), shift)
				a := k.numbers(c)
				if !k.guarded(c.String()+": Forward", func() { plan.Forward(a, fenced.Data()) }) {
					continue
				}
				k.same(c, "a workspace of zeros and one of NaN", zeroed.Out, a.Out)
				if err := fenced.Check(); err != nil {
					k.fail("%v: %v", c, err)
				}
			}
		}
	}
}

// options are the kernel sets with each of the given worker counts.
func (k *kit) options(workers ...int) []attn.Options {
	var list []attn.Options
	for _, isa := range k.isas() {
		for _, n := range workers {
			list = append(list, attn.Options{ISA: isa, Workers: n})
		}
	}
	return list
}

func output(k *kit) {
	k.compareRuns("Out held NaN, and numbers", func(c testCase, a attn.Args, o attn.Options, again func(attn.Options, attn.Args) attn.Tensor) {
		b := withOut(c.p, a)
		for i := range b.Out.Data {
			b.Out.Data[i] = 7.25
		}
		again(o, b)
	})
	k.compareRuns("packed Out and one with gaps", func(c testCase, a attn.Args, o attn.Options, again func(attn.Options, attn.Args) attn.Tensor) {
		b := a
		var fenced *guard.Buffer
		b.Out, fenced = scattered("Out", withOut(c.p, a).Out, 1)
		before := append([]float32(nil), fenced.Data()...)
		out := again(o, b)
		for i := range c.p.Batch * c.p.QHeads * c.p.QLen {
			copy(out.Row(i/c.p.QLen/c.p.QHeads, i/c.p.QLen%c.p.QHeads, i%c.p.QLen), nan(c.p.ValueDim))
		}
		if at, same := guard.Same(before, fenced.Data()); !same {
			k.fail("%v: element %d of Out's buffer lies between rows and was written", c, at)
		}
		if err := fenced.Check(); err != nil {
			k.fail("%v: %v", c, err)
		}
	})
}

func nan(n int) []float32 {
	x := make([]float32, n)
	guard.Poison(x)
	return x
}

func inputs(k *kit) {
	for _, c := range few() {
		for _, isa := range k.isas() {
			a := k.numbers(c)
			tensors := []*attn.Tensor{&a.Q, &a.K, &a.V, &a.Bias, &a.Decay, &a.Beta}
			var before []attn.Tensor
			for _, t := range tensors {
				before = append(before, clone(*t))
			}
			if !k.compute(c, attn.Options{ISA: isa, Workers: 2}, a) {
				continue
			}
			for i, name := range []string{"Q", "K", "V", "Bias", "Decay", "Beta"} {
				if at, same := guard.Same(before[i].Data, tensors[i].Data); !same {
					k.fail("%v set %q: element %d of %s was changed", c, isa, at, name)
				}
			}
		}
	}
}

func allocation(k *kit) {
	if k.traits.Allocates {
		return
	}
	for _, c := range few() {
		for _, o := range k.options(1, 2) {
			plan := k.plan(c, o)
			if plan == nil {
				continue
			}
			a := k.numbers(c)
			ws := make([]float32, plan.Workspace())
			k.guarded(c.String()+": Forward", func() {
				// A mean below 1 is the runtime's own, or a record that concurrency made once.
				if n := testing.AllocsPerRun(20, func() { plan.Forward(a, ws) }); n >= 1 {
					k.fail("%v, %d workers: %v allocations per Forward", c, o.Workers, n)
				}
			})
		}
	}
}
