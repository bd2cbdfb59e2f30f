package attntest

import (
	"attnbench/attn"
	"attnbench/attn/attntest/internal/kit"
	"attnbench/attn/mask"
)

// shapes are awkward: 1, primes, every tile edge and its neighbours, odd and unequal D and
// Dv, Nq != Nk both ways, grouped heads, batches.
func shapes() []attn.Problem {
	lengths := []int{1, 2, 7, 13, 15, 16, 17, 23, 31, 32, 33, 48, 63, 64, 65, 67, 127, 128, 129, 131, 257}
	dims := []int{1, 64, 3, 33, 16, 5, 8, 65, 63, 17, 80}
	var list []attn.Problem
	for i, n := range lengths {
		list = append(list, kit.Problem(1, 2, 1+i%2, n, n, dims[i%len(dims)], dims[(3*i+1)%len(dims)]))
	}
	return append(list,
		kit.Problem(1, 2, 2, 1, 65, 16, 16), kit.Problem(1, 1, 1, 17, 64, 8, 5), kit.Problem(1, 1, 1, 64, 17, 8, 5),
		kit.Problem(2, 2, 1, 5, 129, 3, 7), kit.Problem(1, 2, 1, 129, 5, 7, 3), kit.Problem(1, 1, 1, 33, 1, 4, 4),
		kit.Problem(1, 4, 2, 37, 37, 16, 16), kit.Problem(2, 6, 2, 19, 41, 5, 9), kit.Problem(1, 4, 1, 65, 65, 8, 8),
		kit.Problem(3, 3, 3, 29, 29, 12, 10), kit.Problem(2, 8, 4, 40, 70, 24, 40),
	)
}

// modified are Problems that set more than shape and mask.
func modified() []attn.Problem {
	var list []attn.Problem
	add := func(p attn.Problem, set func(*attn.Problem)) {
		set(&p)
		list = append(list, p)
	}
	base := kit.Problem(2, 4, 2, 37, 53, 9, 6)
	base.Mask = attn.Causal()
	for _, w := range [][2]int{{0, 0}, {3, 0}, {5, 2}, {-1, 3}, {4, -1}, {255, 0}, {16, 16}} {
		m := attn.Window{Left: w[0], Right: w[1]}
		add(base, func(p *attn.Problem) { p.Mask = m })
		add(kit.Problem(1, 2, 1, 131, 131, 16, 16), func(p *attn.Problem) { p.Mask = m })
	}
	for _, x := range []float32{0, -0.5, 1, 3} {
		add(base, func(p *attn.Problem) { p.Scale = attn.ScaleOf(x) })
	}
	for _, softcap := range []float32{1.5, 1e-6, 1e6} {
		add(base, func(p *attn.Problem) { p.Softcap = softcap })
	}
	add(base, func(p *attn.Problem) { p.ALiBi = []float32{0.5, 0.25, 1, 0} })
	add(base, func(p *attn.Problem) { p.SinkLogits = []float32{0, 2, -30, 30} })
	add(base, func(p *attn.Problem) {
		p.Mask, p.Softcap, p.ALiBi, p.SinkLogits = attn.Window{Left: 9, Right: 1}, 2, []float32{1, -1, 0.1, 0}, []float32{1, -2, 0, 3}
	})
	for _, m := range []attn.Mask{
		mask.StreamingLLM(2, 9), mask.Longformer(3, attn.Window{Left: 7, Right: 7}), mask.Strided{Stride: 6}, mask.Fixed{Block: 8, Summary: 2},
		mask.Dilated{Left: 4, Right: 1, Step: 3}, mask.BigBird(8, 1, 1, 1, 2, 131, 5), mask.And(attn.Causal(), mask.NewDocuments(20, 1, 70, 9)),
		mask.Predicate("q+k even", func(_, h, q, k int) bool { return (q+k+h)%2 == 0 }),
	} {
		add(base, func(p *attn.Problem) { p.Mask = m })
		add(kit.Problem(1, 4, 1, 131, 131, 16, 16), func(p *attn.Problem) { p.Mask = m })
	}
	for _, blocks := range [][2]int{{8, 16}, {1, 7}, {32, 64}} {
		add(base, func(p *attn.Problem) { p.Mask = kit.SomeBlocks(*p, blocks[0], blocks[1]) })
		add(kit.Problem(1, 4, 1, 131, 131, 16, 16), func(p *attn.Problem) { p.Mask = kit.SomeBlocks(*p, blocks[0], blocks[1]) })
	}
	for _, shape := range []attn.BiasShape{{Batch: 1, Heads: 1}, {Batch: 2, Heads: 1}, {Batch: 1, Heads: 4}, {Batch: 2, Heads: 4}} {
		add(base, func(p *attn.Problem) { p.Bias = shape })
		add(base, func(p *attn.Problem) { p.Mask, p.Bias, p.KVLens = attn.Full(), shape, []int{53, 20} })
	}
	add(kit.Problem(1, 2, 1, 131, 131, 16, 16), func(p *attn.Problem) { p.Bias = attn.BiasShape{Batch: 1, Heads: 2} })
	add(base, func(p *attn.Problem) {
		p.Softcap, p.ALiBi, p.SinkLogits, p.Bias = 2, attn.ALiBiSlopes(4), []float32{1, -2, 0, 3}, attn.BiasShape{Batch: 2, Heads: 1}
	})
	for _, mask := range []attn.Mask{attn.Causal(), attn.Full()} {
		for _, rule := range []attn.Rule{{}, kit.LinearRule} {
			base := base
			base.Mask, base.Rule = mask, rule
			add(base, func(p *attn.Problem) { p.KVLens = []int{53, 17} })
			add(base, func(p *attn.Problem) { p.KVLens = []int{0, 1} })
			add(base, func(p *attn.Problem) { p.QueryStart = []int{0, 0} })
			add(base, func(p *attn.Problem) { p.QueryStart = []int{-20, 40} })
			add(base, func(p *attn.Problem) { p.QueryStart, p.KVLens = []int{3, 100}, []int{20, 50} })
		}
	}
	for _, mask := range []attn.Mask{attn.Causal(), attn.Full()} {
		base := base
		base.Mask = mask
		for i, p := range kit.Recurrent(base) {
			if mask == attn.Full() && i%2 == 1 {
				continue // all keys are taken before the first row: the rules differ little
			}
			add(p, func(*attn.Problem) {})
			add(p, func(p *attn.Problem) { p.KVLens, p.Scale = []int{53, 17}, attn.ScaleOf(-0.75) })
			add(p, func(p *attn.Problem) {
				p.QueryStart, p.KVLens = []int{[]int{-20, 0, 3}[i%3], 100}, []int{20, []int{0, 50}[i%2]}
			})
		}
	}
	for _, q := range kit.Linears(base)[1:] {
		for _, mask := range []attn.Mask{attn.Causal(), attn.Full()} {
			add(q, func(p *attn.Problem) { p.Mask = mask })
			add(kit.Problem(1, 2, 1, 67, 67, 5, 16), func(p *attn.Problem) { p.Mask, p.Rule = mask, q.Rule })
		}
	}
	base.Rule = attn.Rule{Kind: attn.Linear, Eps: 0.5}
	return append(list, base)
}

// all are the shapes under the main masks and rules, and the modified Problems.
func all() []attn.Problem {
	var list []attn.Problem
	for _, p := range shapes() {
		for _, p.Mask = range []attn.Mask{attn.Full(), attn.Causal(), attn.Window{Left: 20, Right: 0}} {
			for _, p.Rule = range []attn.Rule{{}, kit.LinearRule} {
				list = append(list, p)
			}
		}
	}
	for i, p := range shapes() {
		p.Mask = attn.Causal()
		rules := kit.Recurrent(p)
		list = append(list, rules[i%len(rules)])
	}
	return append(list, modified()...)
}

// few are for rules that compare one computation with another. They span masks, rules,
// tails and head groups.
func few() []kit.Case {
	var list []kit.Case
	for _, p := range []attn.Problem{
		kit.Problem(1, 1, 1, 1, 1, 1, 1), kit.Problem(2, 4, 2, 37, 53, 9, 6), kit.Problem(1, 4, 2, 70, 33, 16, 8), kit.Problem(2, 2, 1, 129, 129, 33, 17),
	} {
		for _, p.Mask = range []attn.Mask{attn.Full(), attn.Causal(), attn.Window{Left: 9, Right: 2}} {
			for _, p.Rule = range []attn.Rule{{}, kit.LinearRule} {
				list = append(list, kit.Gaussian(p))
			}
		}
	}
	for _, p := range []attn.Problem{kit.Problem(2, 4, 2, 37, 53, 9, 6), kit.Problem(1, 2, 1, 67, 67, 33, 17)} {
		p.Mask = attn.Causal()
		for i, p := range kit.Recurrent(p) {
			if i%2 == p.Batch%2 {
				list = append(list, kit.Gaussian(p))
			}
		}
	}
	p := kit.Problem(2, 4, 2, 37, 53, 9, 6)
	p.Mask, p.KVLens = attn.Causal(), []int{20, 53}
	p.Softcap, p.ALiBi, p.SinkLogits = 2, []float32{1, 0.5, 0.25, 0}, []float32{1, -2, 0, 3}
	biased := kit.Problem(2, 4, 2, 37, 53, 9, 6)
	biased.Mask, biased.Bias = attn.Causal(), attn.BiasShape{Batch: 2, Heads: 1}
	return append(list, kit.Gaussian(p), kit.Gaussian(biased))
}
