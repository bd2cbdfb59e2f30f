package linear

import (
	"attnbench/attn"
	"attnbench/internal/kernel"
)

// gates is the chunked form of recurrent rules: see chunk.go. Delta rules, see wy.go, have no
// other form: their recurrent form is a block of one token.
type gates struct{ *shape }

// gateScratch is the scratch of a block of T tokens.
type gateScratch struct {
	qd, kd, ke []float32 // [T, ldm], rows scaled by their decays
	decay      []float32 // [T, ldm]
	total      []float32 // [ldm]
	x          []float32 // [max(ldm, ldv, T)], scratch of a kernel
	sk, u      []float32 // [T, ldv]: S times the keys, and the values that update S
	dq, dk     []float32 // [T, T], products of rows and decayed keys; 0 above the diagonal
	beta       []float32 // [T]
}

func (x gates) memory(st *state) { st.s = st.take(x.m * x.ldv) }

func (x gates) empty(st *state) { clear(st.s) }

func (x gates) load(st *state, a *attn.Args, b int) {
	for i := range x.m {
		copy(st.s[i*x.ldv:], a.State0.Row(b, st.g, i))
	}
}

func (x gates) store(st *state, a *attn.Args, b int) {
	for i := range x.m {
		copy(a.StateN.Row(b, st.g, i), st.s[i*x.ldv:])
	}
}

func (x gates) scratch(st *state, _ *attn.Args) {
	T, ldm, ldv, c := x.tokens, x.ldm, x.ldv, &st.gate
	st.one = st.takeOnes(max(ldm, ldv))
	st.q, st.k = st.takeZeros(max(T, together(x.group)*x.rowsPerBlock)*ldm), st.takeZeros(T*ldm)
	c.qd, c.kd, c.ke = st.takeZeros(T*ldm), st.takeZeros(T*ldm), st.takeZeros(T*ldm)
	c.decay = st.takeZeros(T * ldm)
	c.total, c.x = st.takeZeros(ldm), st.takeZeros(max(ldm, ldv, T))
	st.o, c.sk, c.u = st.takeZeros(T*ldv), st.takeZeros(T*ldv), st.takeZeros(T*ldv)
	c.dq, c.dk, c.beta = st.takeZeros(T*T), st.takeZeros(T*T), st.takeZeros(T)
	st.factor = st.take(T)
	for t := range st.factor {
		st.factor[t] = x.scale()
	}
	if x.p.Rule.Decay == attn.FixedDecay {
		factor := kernel.Exp(x.p.LogDecay[st.g])
		for i := range c.decay {
			c.decay[i] = factor
		}
	}
}

func (x gates) heads(left int) int { return left }

func (x gates) scale() float32 { return float32(x.p.Scale.Value(x.p.HeadDim)) }

// decays returns the factors of the next n keys, [n, ldm] with their stride.
func (x gates) decays(st *state, a *attn.Args, n int) ([]float32, int) {
	d, c := x.p.HeadDim, &st.gate
	switch x.p.Rule.Decay {
	case attn.DimDecay:
		for t := range n {
			row := c.decay[t*x.ldm : t*x.ldm+d]
			copy(row, a.Decay.Row(st.b, st.g, st.taken+t))
			x.set.ScaledExp(row, 1, 0, 1)
		}
		return c.decay, x.ldm
	case attn.HeadDecay:
		for t := range n {
			c.beta[t] = a.Decay.Row(st.b, st.g, st.taken+t)[0]
		}
		x.set.ScaledExp(c.beta[:n], 1, 0, 1)
		x.set.Matmul(c.decay, x.ldm, c.beta, 1, 0, st.one, 0, n, 1, d, nil, kernel.Prefetch{}) // one factor for all dims
		return c.decay, x.ldm
	case attn.FixedDecay:
		return c.decay, x.ldm // filled by scratch
	}
	return st.one, 0
}

// rows returns rows i .. i+n-1 of t with their stride: in place if a row is whole vectors,
// else as a copy in scratch, whose padding stays zero.
func (x gates) rows(scratch []float32, t attn.Tensor, b, h, i, n int) ([]float32, int) {
	if x.ldm == x.p.HeadDim {
		return t.From(b, h, i), t.Stride[2]
	}
	for r := range n {
		copy(scratch[r*x.ldm:], t.Row(b, h, i+r))
	}
	return scratch, x.ldm
}

func (x gates) output(st *state, a *attn.Args, h, row, rows int) {
	q, ldq := x.rows(st.q, a.Q, st.b, h, row, rows)
	x.read(st, a, h, row, rows, q, ldq)
}

// read writes the outputs of rows whose queries, or features, are q: factor_t·Sᵀq_t.
func (x *shape) read(st *state, a *attn.Args, h, row, rows int, q []float32, ldq int) {
	x.set.Matmul(st.o, x.ldv, q, ldq, 1, st.s, x.ldv, rows, x.m, x.p.ValueDim, nil, kernel.Prefetch{})
	for t := range rows {
		out, o, factor := a.Out.Row(st.b, h, row+t), st.o[t*x.ldv:], st.factor[t]
		for c := range out {
			out[c] = o[c] * factor
		}
	}
}

// pairFLOPs counts the pairs within blocks. The WY step of delta rules has as many as the rows
// of one query head.
func (x gates) pairFLOPs(q sequence, heads int) int64 {
	if x.p.Rule.Delta {
		heads++
	}
	return int64(2*x.m+x.p.ValueDim) * int64(q.reach(q.rows-1)) * int64(x.tokens+1) * int64(heads)
}
