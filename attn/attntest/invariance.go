package attntest

import (
	"fmt"
	"sync"

	"attnbench/attn"
)

// gqa gives every few case one of four groupings.
func gqa(k *kit) {
	groupings := [][2]int{{4, 2}, {6, 2}, {6, 3}, {4, 1}}
	for n, base := range few() {
		heads := groupings[n/2%len(groupings)] // softmax and linear alternate
		p := problem(2, heads[0], heads[1], base.p.QLen, base.p.KVLen, base.p.HeadDim, base.p.ValueDim)
		p.Mask, p.Rule = base.p.Mask, base.p.Rule
		if p.Rule.Decay == attn.FixedDecay {
			p.LogDecay = attn.RetentionDecay(p.KVHeads)
		}
		grouped := testCase{p, "gaussian"}
		a := k.numbers(grouped)
		repeated := a
		p.KVHeads = p.QHeads
		for _, t := range []*attn.Tensor{&repeated.K, &repeated.V, &repeated.Decay, &repeated.Beta} {
			*t = repeatHeads(*t, p.QHeads)
		}
		if p.LogDecay != nil {
			p.LogDecay = nil
			for h := range p.QHeads {
				p.LogDecay = append(p.LogDecay, grouped.p.LogDecay[grouped.p.KVHead(h)])
			}
		}
		k.onSets(grouped, attn.Options{}, a, func(isa string, a attn.Args) {
			b := withOut(p, repeated)
			if k.compute(testCase{p, "gaussian"}, attn.Options{ISA: isa}, b) {
				k.same(grouped, fmt.Sprintf("set %q, grouped and repeated heads", isa), a.Out, b.Out)
			}
		})
	}
}

// repeatHeads gives each of the heads its own copy of head h / (heads/Hkv).
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

func batchEntries(k *kit) {
	for _, c := range few() {
		if c.p.Batch == 1 {
			continue
		}
		k.onSets(c, attn.Options{Workers: 2}, k.numbers(c), func(isa string, a attn.Args) {
			for b := range c.p.Batch {
				alone, entry := entryCase(c, a, b)
				if k.compute(alone, attn.Options{ISA: isa, Workers: 2}, entry) {
					k.same(alone, fmt.Sprintf("set %q, entry %d in its batch and alone", isa, b), entryOf(a.Out, b), entry.Out)
				}
			}
		})
	}
}

// entryCase is batch entry b of c and a alone.
func entryCase(c testCase, a attn.Args, b int) (testCase, attn.Args) {
	c.p.Batch = 1
	if c.p.KVLens != nil {
		c.p.KVLens = c.p.KVLens[b : b+1]
	}
	entry := attn.Args{Q: entryOf(a.Q, b), K: entryOf(a.K, b), V: entryOf(a.V, b), Bias: a.Bias, Decay: entryOf(a.Decay, b), Beta: entryOf(a.Beta, b)}
	if c.p.Bias.Batch > 1 {
		c.p.Bias.Batch, entry.Bias = 1, entryOf(a.Bias, b)
	}
	return c, withOut(c.p, entry)
}

func entryOf(t attn.Tensor, b int) attn.Tensor {
	if t.Data == nil {
		return t
	}
	t.Data, t.Shape[0] = t.Data[b*t.Stride[0]:], 1
	return t
}

func workers(k *kit) {
	k.compareRuns("1 worker and more", func(c testCase, a attn.Args, o attn.Options, again func(attn.Options, attn.Args) attn.Tensor) {
		for _, o.Workers = range []int{2, 3, 5, 64} {
			again(o, withOut(c.p, a))
		}
	})
}

// backwards is a pool of one goroutine that runs the parts last to first and
// gives each another worker number.
type backwards struct{ runs int }

// Run implements [attn.Pool].
func (p *backwards) Run(t attn.Task, n, workers int) {
	p.runs++
	for i := n - 1; i >= 0; i-- {
		t.Part(i%workers, i)
	}
}

func pool(k *kit) {
	k.compareRuns("the parts in order and backwards", func(c testCase, a attn.Args, o attn.Options, again func(attn.Options, attn.Args) attn.Tensor) {
		p := &backwards{}
		o.Workers, o.Pool = 3, p
		again(o, withOut(c.p, a))
		if p.runs == 0 && !k.traits.OwnThreads {
			k.fail("%v: the pool of Options was not used", c)
		}
	})
}

func strides(k *kit) {
	k.compareRuns("packed and [batch, row, head, dim]", func(c testCase, a attn.Args, o attn.Options, again func(attn.Options, attn.Args) attn.Tensor) {
		for shift := range 4 {
			b, fences := spread(withOut(c.p, a), shift)
			again(o, b)
			for _, f := range fences {
				if err := f.Check(); err != nil {
					k.fail("%v: %v", c, err)
				}
			}
		}
	})
}

func repeat(k *kit) {
	for _, c := range few() {
		for _, o := range k.options(1, 2) {
			plan := k.plan(c, o)
			if plan == nil {
				continue
			}
			first := k.numbers(c)
			if !k.forward(c, plan, first) {
				continue
			}
			var wg sync.WaitGroup
			outs := make([]attn.Args, 4)
			for i := range outs {
				outs[i] = withOut(c.p, first)
				wg.Go(func() {
					ws := make([]float32, plan.Workspace())
					for range 3 {
						plan.Forward(outs[i], ws)
					}
				})
			}
			wg.Wait()
			for _, a := range outs {
				k.same(c, "one call and concurrent ones", first.Out, a.Out)
			}
		}
	}
}
