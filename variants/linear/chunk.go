package linear

import (
	"attnbench/attn"
	"attnbench/internal/kernel"
)

// The chunked form of recurrent rules (Yang et al. 2024, Gated Linear Attention, section
// 4.2): a block of tokens reads the state S before the block once. C_t is the product of the
// decays up to token t, E_t of the decays past t, D_ts of the decays from s+1 to t:
//
//	out_t = Sᵀ(C_t∘q_t) + Σ_{s<=t} ((D_ts∘k_s)·q_t) u_s
//	S     = C_last∘S + Σ_s (E_s∘k_s) u_sᵀ
//
// u_t is v_t; delta rules replace it: see wy.go.

func (x gates) update(st *state, a *attn.Args, n int) { x.block(st, a, -1, 0, n) }

// block implements rule. A negative row asks for no outputs. The kernels scale keys and queries
// together, so that the keys are scaled again for each query head.
func (x gates) block(st *state, a *attn.Args, row, _, n int) {
	c := &st.gate
	k, ldk := x.rows(st.k, a.K, st.b, st.g, st.taken, n)
	decay, lda := x.decays(st, a, n)
	g := kernel.Gated{Q: k, K: k, A: decay, LdQ: ldk, LdK: ldk, LdA: lda, M: x.ldm, Tokens: n, Scale: x.scale(),
		Qd: c.qd, Kd: c.kd, Ke: c.ke, Total: c.total, DQ: c.dq, DK: c.dk, LdD: x.tokens, X: c.x}
	u, ldu := a.V.From(st.b, st.g, st.taken), a.V.Stride[2]
	for h := range max(1, st.of) {
		if row >= 0 {
			g.Q, g.LdQ = x.rows(st.q, a.Q, st.b, st.h+h, row, n)
		}
		x.set.Gate(g)
		if row >= 0 || x.p.Rule.Delta {
			x.set.DecayDots(g)
		}
		if x.p.Rule.Delta && h == 0 {
			u, ldu = x.wy(st, a, n)
		}
		if row < 0 {
			break
		}
		x.outputBlock(st, a, st.h+h, row, n, u, ldu)
	}
	x.updateBlock(st, a, n, u, ldu)
	st.taken += n
}

// updateBlock decays the state and adds the n keys. The product applies a factor that all
// rows of the state share.
func (x gates) updateBlock(st *state, a *attn.Args, n int, u []float32, ldu int) {
	alpha, c := st.one, &st.gate
	switch x.p.Rule.Decay {
	case attn.FixedDecay, attn.HeadDecay:
		alpha = c.x
		x.set.Matmul(alpha, 0, c.total, 0, 0, st.one, 0, 1, 1, x.ldv, nil, kernel.Prefetch{})
	case attn.DimDecay:
		x.set.ScaleRows(st.s, c.total, x.ldv, x.m, x.ldv)
	}
	after := st.taken + n
	prefetch := [2]kernel.Prefetch{prefetchRows(a.K, st.b, st.g, after, n, n/8), prefetchRows(a.V, st.b, st.g, after, n, n/8)}
	strip := 2 * x.set.Width
	for col := 0; col < x.p.ValueDim; col += strip {
		x.set.Matmul(st.s[col:], x.ldv, c.ke, 1, x.ldm, u[col:], ldu, x.m, n, min(strip, x.p.ValueDim-col), alpha, prefetch[col/strip%2])
	}
}

// outputBlock writes the outputs of n rows from the state before the block and from the
// block's own keys: row t sees the keys up to t.
func (x gates) outputBlock(st *state, a *attn.Args, h, row, n int, u []float32, ldu int) {
	c, dv, to := &st.gate, x.p.ValueDim, a.Out
	out, ldo := to.From(st.b, h, row), to.Stride[2]
	if dv%x.set.Width != 0 { // products write whole vectors
		out, ldo = st.o, x.ldv
	}
	prefetch := [2]kernel.Prefetch{prefetchRows(a.Q, st.b, h, row+n, n, n/2), prefetchRows(to, st.b, h, row+n, n, n/2)}
	strip := 2 * x.set.Width
	for col := 0; col < dv; col += strip {
		x.set.Matmul(out[col:], ldo, c.qd, x.ldm, 1, st.s[col:], x.ldv, n, x.m, min(strip, dv-col), nil, prefetch[col/strip%2])
	}
	if x.set.Finite(u, ldu, n, dv) {
		x.set.Matmul(out, ldo, c.dq, x.tokens, 1, u, ldu, n, n, dv, st.one, kernel.Prefetch{})
	} else { // 0·NaN is NaN: a row multiplies only what the row sees
		for t := range n {
			x.set.Matmul(out[t*ldo:], ldo, c.dq[t*x.tokens:], x.tokens, 1, u, ldu, 1, t+1, dv, st.one, kernel.Prefetch{})
		}
	}
	if dv%x.set.Width != 0 {
		for t := range n {
			copy(to.Row(st.b, h, row+t), out[t*ldo:])
		}
	}
}

// prefetchRows hints at rows i .. i+n-1 of t, if t has them: the next block reads these rows.
// A product of n rows prefetches stripe rows in each of its tiles.
func prefetchRows(t attn.Tensor, b, h, i, n, stripe int) kernel.Prefetch {
	if i+n > t.Shape[2] {
		return kernel.Prefetch{}
	}
	const pair = 32 // float32s of two cache lines
	return kernel.Prefetch{From: t.From(b, h, i), Step: pair, Stripe: max(1, stripe) * t.Stride[2]}
}
