package linear

import (
	"attnbench/attn"
	"attnbench/internal/kernel"
)

// pass takes the next n keys through the state one after the other and answers query
// rows row .. row+n-1, of which row + t sees the keys up to t.
func (x *gated) pass(st *gatedState, a *attn.Args, b, h, row, n int) {
	g, at := x.p.KVHead(h), st.taken
	decay, _ := x.decays(st, a, b, g, n)
	if x.p.Rule.Decay == attn.NoDecay {
		decay = nil
	}
	// The kernel takes q, k and decays of one stride: rows without gaps, or copies.
	q, k := a.Q.From(b, h, row), a.K.From(b, g, at)
	if !x.dense(a.Q) || !x.dense(a.K) {
		for t := range n {
			copy(st.q[t*x.m:], a.Q.Row(b, h, row+t))
			copy(st.k[t*x.m:], a.K.Row(b, g, at+t))
		}
		q, k = st.q, st.k
	}
	x.set.Recur(kernel.Recurrence{
		Out: a.Out.From(b, h, row), LdOut: a.Out.Stride[2], V: a.V.From(b, g, at), LdV: a.V.Stride[2],
		Q: q, K: k, A: decay, Ld: x.m, S: st.s, LdS: x.ldv, Factor: st.scale,
		M: x.p.HeadDim, Tokens: n, Dv: x.p.ValueDim,
		PrefetchQ: kernel.Prefetch{From: a.Q.From(b, h, row), Step: a.Q.Stride[2]}, PrefetchK: kernel.Prefetch{From: a.K.From(b, g, at), Step: a.K.Stride[2]},
	})
	st.taken += n
}

// dense reports whether the rows of t are whole vectors without gaps.
func (x *gated) dense(t attn.Tensor) bool { return x.m == x.p.HeadDim && t.Stride[2] == x.m }
