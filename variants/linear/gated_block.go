package linear

import (
	"attnbench/attn"
	"attnbench/internal/kernel"
)

// block takes the next n keys into the state, and answers as many query rows from
// row on, of which row + t sees the keys up to t. A negative row answers none.
func (x *gated) block(st *gatedState, a *attn.Args, b, h, row, n int) {
	p, m, g := &x.p, x.m, x.p.KVHead(h)
	d, dv, at := p.HeadDim, p.ValueDim, st.taken
	k, ldk := x.rows(st.k, a.K, b, g, at, n)
	q, ldq := k, ldk
	if row >= 0 {
		q, ldq = x.rows(st.q, a.Q, b, h, row, n)
	}
	decay, lda := x.decays(st, a, b, g, n)
	scale := float32(p.Scale.Value(d))
	x.set.Gate(kernel.Gated{Qd: st.qd, Kd: st.kd, Ke: st.ke, Total: st.total,
		Q: q, K: k, A: decay, LdQ: ldq, LdK: ldk, LdA: lda, M: m, Tokens: n, Scale: scale})
	if row >= 0 || p.Rule.Delta {
		for s := range n {
			x.set.DecayDots(st.dq[s*x.tokens+s:], st.dk[s*x.tokens+s:], x.tokens, st.x,
				q[s*ldq:], k[s*ldk:], decay[s*lda:], ldq, ldk, lda, m, n-s, scale)
		}
	}
	u, ldu := a.V.From(b, g, at), a.V.Stride[2]
	if p.Rule.Delta {
		for t := range n {
			st.beta[t] = a.Beta.Row(b, g, at+t)[0]
		}
		x.set.Matmul(st.wk, x.ldv, st.kd, m, 1, st.s, x.ldv, n, d, dv, nil, kernel.Prefetch{})
		x.set.Solve(st.u, st.wk, u, st.dk, st.beta, x.ldv, x.ldv, ldu, x.tokens, n, dv)
		u, ldu = st.u, x.ldv
	}
	if row >= 0 {
		x.answer(st, a, b, h, row, n, u, ldu)
	}
	x.enter(st, a, b, g, n, u, ldu)
	st.taken += n
}

// enter decays the state and adds the n keys. A factor that all rows share rides on
// the product.
func (x *gated) enter(st *gatedState, a *attn.Args, b, g, n int, u []float32, ldu int) {
	alpha := st.one
	switch x.p.Rule.Decay {
	case attn.FixedDecay, attn.HeadDecay:
		alpha = st.x
		x.set.Matmul(alpha, 0, st.total, 0, 0, st.one, 0, 1, 1, x.ldv, nil, kernel.Prefetch{})
	case attn.DimDecay:
		x.set.ScaleRows(st.s, st.total, x.ldv, x.p.HeadDim, x.ldv)
	}
	next := [2]kernel.Prefetch{x.ahead(a.K, b, g, st.taken+n, n, n/8), x.ahead(a.V, b, g, st.taken+n, n, n/8)}
	strip := 2 * x.set.Width
	for c := 0; c < x.p.ValueDim; c += strip {
		x.set.Matmul(st.s[c:], x.ldv, st.ke, 1, x.m, u[c:], ldu, x.p.HeadDim, n, min(strip, x.p.ValueDim-c), alpha, next[c/strip%2])
	}
}

// answer writes the output of n rows: what the state before the block says, and the
// block's own keys, of which a row may see only the first.
func (x *gated) answer(st *gatedState, a *attn.Args, b, h, row, n int, u []float32, ldu int) {
	d, dv, to := x.p.HeadDim, x.p.ValueDim, a.Out
	out, ldo := to.From(b, h, row), to.Stride[2]
	if dv%x.set.Width != 0 { // products write whole vectors
		out, ldo = st.wq, x.ldv
	}
	next := [2]kernel.Prefetch{x.ahead(a.Q, b, h, row+n, n, n/2), x.ahead(to, b, h, row+n, n, n/2)}
	strip := 2 * x.set.Width
	for c := 0; c < dv; c += strip {
		x.set.Matmul(out[c:], ldo, st.qd, x.m, 1, st.s[c:], x.ldv, n, d, min(strip, dv-c), nil, next[c/strip%2])
	}
	if x.set.Finite(u, ldu, n, dv) {
		x.set.Matmul(out, ldo, st.dq, x.tokens, 1, u, ldu, n, n, dv, st.one, kernel.Prefetch{})
	} else { // 0·NaN is NaN: no row may multiply what it does not see
		for t := range n {
			x.set.Matmul(out[t*ldo:], ldo, st.dq[t*x.tokens:], x.tokens, 1, u, ldu, 1, t+1, dv, st.one, kernel.Prefetch{})
		}
	}
	if dv%x.set.Width != 0 {
		for t := range n {
			copy(to.Row(b, h, row+t), out[t*ldo:])
		}
	}
}

// ahead names rows i .. i+n-1 of t, which the next block reads, where there are such:
// a product of as many rows fetches them whole, stripe rows to each of its tiles.
func (x *gated) ahead(t attn.Tensor, b, h, i, n, stripe int) kernel.Prefetch {
	if i+n > t.Shape[2] {
		return kernel.Prefetch{}
	}
	const pair = 32 // float32s of two cache lines
	return kernel.Prefetch{From: t.From(b, h, i), Step: pair, Stripe: max(1, stripe) * t.Stride[2]}
}

// read answers n rows from the state alone.
func (x *gated) read(st *gatedState, a *attn.Args, b, h, row, n int) {
	scale := float32(x.p.Scale.Value(x.p.HeadDim))
	q, ldq := x.rows(st.q, a.Q, b, h, row, n)
	x.set.Matmul(st.wq, x.ldv, q, ldq, 1, st.s, x.ldv, n, x.p.HeadDim, x.p.ValueDim, nil, kernel.Prefetch{})
	for t := range n {
		out := a.Out.Row(b, h, row+t)
		for c := range out {
			out[c] = scale * st.wq[t*x.ldv+c]
		}
	}
}

// ExecutedFLOPs implements [attn.CountsFLOPs]: the products with the state and, in the
// chunked form, those within the blocks.
func (x *gated) ExecutedFLOPs() int64 {
	m, dv, reads := int64(x.p.HeadDim), int64(x.p.ValueDim), int64(1)
	if x.p.Rule.Delta {
		reads = 2
	}
	var total int64
	for b := range x.p.Batch {
		keys := int64(x.reach(b, x.p.QLen-1))
		total += 2 * m * dv * (keys*reads + int64(x.p.QLen))
		if !x.lockstep {
			total += (2*m + dv) * reads * keys * int64(x.tokens+1)
		}
	}
	return total * int64(x.p.QHeads)
}
