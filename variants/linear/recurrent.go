package linear

import (
	"attnbench/attn"
	"attnbench/internal/kernel"
	"attnbench/internal/par"
)

// recurrent is part i of a Forward: one query head from its first row to its
// last. As long as every row sees one key more than the row before, both go
// through the state together, block tokens at a time; keys before the first row
// are folded in, and rows after the last key only read.
func (x *plan) recurrent(a *attn.Args, ws []float32, i int) {
	p := &x.p
	b, h := i/p.QHeads, i%p.QHeads
	g := p.KVHead(h)
	st, _ := x.newState(a, ws, b, g)
	for row, n := 0, 0; row < p.QLen; row += n {
		before := x.reach(b, p.Start(b)+row)
		if x.causal {
			before-- // the last one enters together with the row
		}
		x.foldTo(&st, a, b, g, before)
		if n = x.lockstep(&st, b, row); n > 0 {
			x.together(&st, a, b, h, row, n)
		} else {
			n = x.readable(&st, b, row)
			x.read(&st, a, b, h, row, n)
		}
		par.PreemptionPoint()
	}
	x.leave(&st, a, b, h, g)
}

// lockstep counts the rows from the given one on, at most block, of which each
// sees one key more than the one before, the first one more than was folded.
func (x *plan) lockstep(st *state, b, row int) int {
	if !x.causal || x.reach(b, x.p.Start(b)+row) != st.taken+1 {
		return 0
	}
	return min(block, x.p.QLen-row, x.p.Keys(b)-st.taken)
}

// readable counts the rows from the given one on, at most block, that see just
// the keys that were folded.
func (x *plan) readable(st *state, b, row int) int {
	n := 1
	for n < min(block, x.p.QLen-row) && x.reach(b, x.p.Start(b)+row+n) == st.taken {
		n++
	}
	return n
}

// together takes n tokens through the state: each key is folded in, then its row
// is answered.
func (x *plan) together(st *state, a *attn.Args, b, h, row, n int) {
	p, g := &x.p, x.p.KVHead(h)
	x.mapRows(st, st.k, a.K, b, g, st.taken, n)
	x.mapRows(st, st.q, a.Q, b, h, row, n)
	x.set.Normalise(st.den, st.z, st.q, st.k, x.m, x.m, n)
	x.reciprocals(st, n)
	x.set.Recur(kernel.Recurrence{
		Out: a.Out.From(b, h, row), LdOut: a.Out.Stride[2], V: a.V.From(b, g, st.taken), LdV: a.V.Stride[2],
		Q: st.q, K: st.k, Ld: x.m, S: st.s, LdS: x.lds, Factor: st.factor,
		M: x.features, Tokens: n, Dv: p.ValueDim,
		PrefetchQ: kernel.Prefetch{From: a.Q.From(b, h, row), Step: a.Q.Stride[2]}, PrefetchK: kernel.Prefetch{From: a.K.From(b, g, st.taken), Step: a.K.Stride[2]},
	})
	st.taken += n
	for t := range n {
		settle(a.Out.Row(b, h, row+t), st.den[t])
	}
}

// read answers n rows from the state alone.
func (x *plan) read(st *state, a *attn.Args, b, h, row, n int) {
	x.mapRows(st, st.q, a.Q, b, h, row, n)
	clear(st.k[:n*x.m])
	x.set.Normalise(st.den, st.z, st.q, st.k, x.m, x.m, n)
	x.reciprocals(st, n)
	x.set.Matmul(st.o, x.lds, st.q, x.m, 1, st.s, x.lds, n, x.features, x.p.ValueDim, nil, kernel.Prefetch{})
	for t := range n {
		out := a.Out.Row(b, h, row+t)
		o, factor := st.o[t*x.lds:], st.factor[t]
		for c := range out {
			out[c] = o[c] * factor
		}
		settle(out, st.den[t])
	}
}
