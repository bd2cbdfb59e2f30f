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
		for _, p := range recurrent(base) {
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

// inTwo fills a.Out by two Forwards.
func (k *kit) inTwo(c testCase, o attn.Options, a attn.Args, cut int) bool {
	state := attn.NewTensor(c.p.Batch, c.p.KVHeads, c.p.HeadDim, c.p.ValueDim)
	guard.Poison(state.Data)
	for _, rows := range [][2]int{{0, cut}, {cut, c.p.QLen}} {
		piece, b := c, a
		piece.p.QLen, piece.p.KVLen = rows[1]-rows[0], rows[1]-rows[0]
		for _, t := range []*attn.Tensor{&b.Q, &b.K, &b.V, &b.Out, &b.Decay, &b.Beta} {
			if t.Data != nil {
				*t = t.Rows(rows[0], rows[1])
			}
		}
		if rows[0] == 0 {
			b.StateN = state
		} else {
			b.State0 = state
		}
		if !k.compute(piece, o, b) {
			return false
		}
	}
	return true
}
