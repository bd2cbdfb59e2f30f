package attntest

import (
	"attnbench/attn"
	"attnbench/attn/attntest/internal/invent"
	"attnbench/attn/attntest/internal/kit"
)

// found tries Problems on which the fuzzer found a variant wrong, or beyond its error
// budget.
func found(k *kit.Kit) {
	for _, c := range kit.Each(k, foundCases()) {
		tryInvented(k, c)
	}
}

// foundCases are the Problems of found, each with what is hard about it.
func foundCases() []invent.Case {
	var list []invent.Case
	add := func(why, profile string, p attn.Problem, set func(*attn.Problem)) {
		set(&p)
		list = append(list, invent.Case{Case: kit.Case{P: p, Profile: profile, Why: why}, Workers: 1})
	}
	add("one key outweighs 255 others", "outliers", kit.Problem(3, 12, 3, 56, 256, 1, 1), func(p *attn.Problem) { p.Mask = attn.Full() })
	add("a sink far above all keys", "gaussian", kit.Problem(1, 1, 1, 49, 98, 49, 49), func(p *attn.Problem) {
		p.Mask, p.QueryStart, p.ALiBi, p.SinkLogits = attn.Full(), []int{120}, []float32{0.75}, []float32{24.25}
	})
	add("a sink above the least normal weight", "gaussian", kit.Problem(1, 1, 1, 49, 49, 49, 49), func(p *attn.Problem) {
		p.Mask, p.QueryStart, p.ALiBi, p.SinkLogits = attn.Full(), []int{65}, []float32{1.515625}, []float32{12}
	})
	add("a sink far from a later batch entry", "gaussian", kit.Problem(2, 2, 2, 49, 49, 49, 49), func(p *attn.Problem) {
		p.Mask, p.QueryStart, p.Softcap = attn.Full(), []int{48, 97}, 1.5
		p.ALiBi, p.SinkLogits, p.Bias = []float32{0.75, 0.859375}, []float32{0, 0}, attn.BiasShape{Batch: 1, Heads: 1}
	})
	add("a gated delta rule of one dim", "gaussian", kit.Problem(2, 4, 2, 74, 74, 1, 1), func(p *attn.Problem) {
		p.Mask, p.Rule = attn.Causal(), attn.Rule{Kind: attn.Recurrent, Decay: attn.HeadDecay, Delta: true}
	})
	add("retention of one dim", "gaussian", kit.Problem(2, 3, 3, 19, 99, 1, 1), func(p *attn.Problem) {
		p.Mask, p.Rule = attn.Causal(), attn.Rule{Kind: attn.Recurrent, Decay: attn.FixedDecay}
		p.LogDecay = []float32{-0.03, -0.03, -0.03}
	})
	return list
}
