package linear

import "attnbench/attn"

// recurrentFloats is the workspace of a head: the state and phi(q) [M].
func (x *plan) recurrentFloats() int { return x.stateFloats() + x.p.HeadDim }

// recurrent is part i of a Forward: one query head, one row at a time. Before a
// row is answered, every key it sees has been folded into the state.
func (x *plan) recurrent(a *attn.Args, ws []float32, i int) {
	p := &x.p
	b, h := i/p.QHeads, i%p.QHeads
	g, m, dv := p.KVHead(h), p.HeadDim, p.ValueDim
	st, phi := x.newState(ws)
	for row := range p.QLen {
		for keys := x.reach(b, p.Start(b)+row); st.taken < keys; {
			x.features(&st, a.K, b, g, 1)
			x.fold(&st, a.V, b, g, 1)
		}
		x.set.EluPlus1(phi[:m], a.Q.Row(b, h, row))
		var den float32
		for c, f := range phi[:m] {
			den += f * st.z[c]
		}
		out := a.Out.Row(b, h, row)
		factor := x.reciprocal(den)
		if factor == 0 {
			clear(out)
			continue
		}
		x.set.Read(out, phi, st.s, m, dv)
		for c := range out {
			out[c] *= factor
		}
	}
}
