package attntest

import (
	"fmt"
	"sync"

	"attnbench/attn"
	"attnbench/attn/attntest/internal/kit"
)

// compareRuns computes each of few, then again under each change, and notes where a bit
// differs.
func compareRuns(k *kit.Kit, what string, change func(c kit.Case, a attn.Args, o attn.Options, again func(attn.Options, attn.Args) attn.Tensor)) {
	for _, c := range kit.Each(k, few()) {
		for _, isa := range k.ISAs() {
			o := attn.Options{ISA: isa}
			a := k.Numbers(c)
			if !k.Compute(c, o, a) {
				continue
			}
			change(c, a, o, func(o attn.Options, b attn.Args) attn.Tensor {
				if k.Compute(c, o, b) {
					k.Same(c, fmt.Sprintf("%s (set %q)", what, o.ISA), numbersOf(k, c, o, a), a.Out, b.Out)
				}
				return b.Out
			})
		}
	}
}

// gqa gives each of few one of four groupings.
func gqa(k *kit.Kit) {
	groupings := [][2]int{{4, 2}, {6, 2}, {6, 3}, {4, 1}}
	for n, base := range kit.Each(k, few()) {
		heads := groupings[n/2%len(groupings)] // softmax and linear alternate
		p := kit.Problem(2, heads[0], heads[1], base.P.QLen, base.P.KVLen, base.P.HeadDim, base.P.ValueDim)
		p.Mask, p.Rule = base.P.Mask, base.P.Rule
		if p.Rule.Decay == attn.FixedDecay {
			p.LogDecay = attn.RetentionDecay(p.KVHeads)
		}
		grouped := kit.Gaussian(p)
		a := k.Numbers(grouped)
		repeated := a
		p.KVHeads = p.QHeads
		for _, t := range []*attn.Tensor{&repeated.K, &repeated.V, &repeated.Decay, &repeated.Beta} {
			*t = repeatHeads(*t, p.QHeads)
		}
		if p.LogDecay != nil {
			p.LogDecay = nil
			for h := range p.QHeads {
				p.LogDecay = append(p.LogDecay, grouped.P.LogDecay[grouped.P.KVHead(h)])
			}
		}
		k.OnSets(grouped, attn.Options{}, a, func(isa string, a attn.Args) {
			b := kit.WithOut(p, repeated)
			if k.Compute(kit.Gaussian(p), attn.Options{ISA: isa}, b) {
				k.Same(grouped, fmt.Sprintf("set %q, grouped and repeated heads", isa), numbersOf(k, grouped, attn.Options{ISA: isa}, a), a.Out, b.Out)
			}
		})
	}
}

// repeatHeads gives each head h of heads its own copy of t's head h / (heads/Hkv).
func repeatHeads(t attn.Tensor, heads int) attn.Tensor {
	if t.Data == nil {
		return t
	}
	out := attn.NewTensor(t.Shape[0], heads, t.Shape[2], t.Shape[3])
	for b := range t.Shape[0] {
		for h := range heads {
			for i := range t.Shape[2] {
				copy(out.Row(b, h, i), t.Row(b, h/(heads/t.Shape[1]), i))
			}
		}
	}
	return out
}

func batchEntries(k *kit.Kit) {
	for _, c := range kit.Each(k, few()) {
		if c.P.Batch == 1 {
			continue
		}
		k.OnSets(c, attn.Options{Workers: 2}, k.Numbers(c), func(isa string, a attn.Args) {
			for b := range c.P.Batch {
				alone, entry := entryCase(c, a, b)
				if k.Compute(alone, attn.Options{ISA: isa, Workers: 2}, entry) {
					k.Same(alone, fmt.Sprintf("set %q, entry %d in its batch and alone", isa, b), numbersOf(k, alone, attn.Options{ISA: isa}, entry), kit.Entry(a.Out, b), entry.Out)
				}
			}
		})
	}
}

// entryCase returns batch entry b of c and a alone.
func entryCase(c kit.Case, a attn.Args, b int) (kit.Case, attn.Args) {
	c.P.Batch = 1
	if c.P.KVLens != nil {
		c.P.KVLens = c.P.KVLens[b : b+1]
	}
	entry := attn.Args{Q: kit.Entry(a.Q, b), K: kit.Entry(a.K, b), V: kit.Entry(a.V, b), Bias: a.Bias, Decay: kit.Entry(a.Decay, b), Beta: kit.Entry(a.Beta, b)}
	if c.P.Bias.Batch > 1 {
		c.P.Bias.Batch, entry.Bias = 1, kit.Entry(a.Bias, b)
	}
	return c, kit.WithOut(c.P, entry)
}

// manyHeads has more heads than the oracle is asked for rows of.
func manyHeads(k *kit.Kit) {
	var list []kit.Case
	for _, rule := range []attn.Rule{{}, kit.LinearRule} {
		for _, kvHeads := range []int{130, 65} {
			p := kit.Problem(2, 130, kvHeads, 5, 7, 8, 8)
			p.Mask, p.Rule = attn.Causal(), rule
			list = append(list, kit.Gaussian(p))
		}
	}
	for _, c := range kit.Each(k, list) {
		k.OnSets(c, attn.Options{Workers: 2}, k.Numbers(c), func(isa string, a attn.Args) {
			single := c
			single.P.Batch, single.P.QHeads, single.P.KVHeads = 1, 1, 1
			plan := k.Plan(single, attn.Options{ISA: isa})
			for i := 0; plan != nil && i < c.P.Batch*c.P.QHeads; i++ {
				b, h := i/c.P.QHeads, i%c.P.QHeads
				g := c.P.KVHead(h)
				alone := kit.WithOut(single.P, attn.Args{Q: kit.Head(a.Q, b, h), K: kit.Head(a.K, b, g), V: kit.Head(a.V, b, g)})
				if !k.Forward(single, plan, alone) || !k.Same(c, fmt.Sprintf("set %q, batch %d head %d of many and alone", isa, b, h), numbersOf(k, single, attn.Options{ISA: isa}, alone), kit.Head(a.Out, b, h), alone.Out) {
					return
				}
			}
		})
	}
}

func workers(k *kit.Kit) {
	compareRuns(k, "1 worker and more", func(c kit.Case, a attn.Args, o attn.Options, again func(attn.Options, attn.Args) attn.Tensor) {
		for _, o.Workers = range []int{2, 3, 5, 64} {
			again(o, kit.WithOut(c.P, a))
		}
	})
}

func pool(k *kit.Kit) {
	p := &kit.Backwards{}
	compareRuns(k, "the parts in order and backwards", func(c kit.Case, a attn.Args, o attn.Options, again func(attn.Options, attn.Args) attn.Tensor) {
		o.Workers, o.Pool = 3, p
		again(o, kit.WithOut(c.P, a))
	})
	p.Used(k)
}

func strides(k *kit.Kit) {
	compareRuns(k, "packed and [batch, row, head, dim]", func(c kit.Case, a attn.Args, o attn.Options, again func(attn.Options, attn.Args) attn.Tensor) {
		for shift := range 4 {
			b, fences := kit.Spread(kit.WithOut(c.P, a), shift)
			again(o, b)
			for _, f := range fences {
				if err := f.Check(); err != nil {
					k.Fail("%v: %v", c, err)
				}
			}
		}
	})
}

func repeat(k *kit.Kit) {
	for _, c := range kit.Each(k, few()) {
		for _, o := range k.Options(1, 2) {
			plan := k.Plan(c, o)
			if plan == nil {
				continue
			}
			first := k.Numbers(c)
			if !k.Forward(c, plan, first) {
				continue
			}
			var wg sync.WaitGroup
			outs := make([]attn.Args, 4)
			for i := range outs {
				outs[i] = kit.WithOut(c.P, first)
				wg.Go(func() {
					ws := make([]float32, plan.Workspace())
					for range 3 {
						plan.Forward(outs[i], ws)
					}
				})
			}
			wg.Wait()
			for _, a := range outs {
				k.Same(c, "one call and concurrent ones", numbersOf(k, c, o, first), first.Out, a.Out)
			}
		}
	}
}
