package attntest

import (
	"attnbench/attn"
	"attnbench/internal/guard"
)

// states runs the first rows and keys of a sequence, and the others from the state
// that they leave.
func states(k *kit) {
	for _, base := range []attn.Problem{problem(2, 4, 2, 41, 41, 9, 6), problem(1, 2, 1, 41, 41, 16, 33)} {
		base.Mask = attn.Causal()
		for _, p := range append(recurrent(base), linears(base)...) {
			c := testCase{p, "gaussian"}
			for _, isa := range k.isas() {
				for _, cut := range []int{1, 8, 23, 40} {
					a := k.numbers(c)
					if k.inTwo(c, attn.Options{ISA: isa, Workers: 2}, a, cut) {
						k.holds(c, isa, a)
					}
				}
			}
		}
	}
}

// linears are p under every feature map.
func linears(p attn.Problem) []attn.Problem {
	var list []attn.Problem
	for _, text := range []string{"linear:elu1", "linear:relu:0.1", "linear:favor:20:3", "linear:taylor2"} {
		rule, err := attn.ParseRule(text)
		if err != nil {
			panic(err)
		}
		p.Rule, p.Scale = rule, attn.ScaleOf(0.2)
		list = append(list, p)
	}
	return list
}

// inTwo fills a.Out by two Forwards.
func (k *kit) inTwo(c testCase, o attn.Options, a attn.Args, cut int) bool {
	state := attn.NewTensor(c.p.Batch, c.p.KVHeads, c.p.Features(), c.p.ValueDim)
	guard.Poison(state.Data)
	var norm attn.Tensor
	if c.p.Rule.Kind == attn.Linear {
		norm = attn.NewTensor(c.p.Batch, c.p.KVHeads, 1, c.p.Features())
		guard.Poison(norm.Data)
	}
	for _, rows := range [][2]int{{0, cut}, {cut, c.p.QLen}} {
		piece, b := c, a
		piece.p.QLen, piece.p.KVLen = rows[1]-rows[0], rows[1]-rows[0]
		for _, t := range []*attn.Tensor{&b.Q, &b.K, &b.V, &b.Out, &b.Decay, &b.Beta} {
			if t.Data != nil {
				*t = t.Rows(rows[0], rows[1])
			}
		}
		if rows[0] == 0 {
			b.StateN, b.NormN = state, norm
		} else {
			b.State0, b.Norm0 = state, norm
		}
		if !k.compute(piece, o, b) {
			return false
		}
	}
	return true
}
