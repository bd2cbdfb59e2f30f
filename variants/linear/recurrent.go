package linear

import (
	"attnbench/attn"
	"attnbench/internal/kernel"
)

// The recurrent form takes tokens into the state one by one. The kernel loads a row of the
// state once for several tokens. With a decay a_t, or 1,
//
//	S = a_t∘S + k_t v_tᵀ;  out_t = factor_t·Sᵀq_t
//
// With a normaliser, q_t and k_t are features and factor_t is the reciprocal of the
// denominator. Otherwise q_t and k_t are rows of Q and K, and the factor is the scale.

func (x features) step(st *state, a *attn.Args, h, row, _, n int) {
	for end := row + n; row < end; {
		taken := x.keys(st, a, end-row)
		x.queries(st, st.q, st.eps, a, h, row, taken)
		x.set.Normalise(st.den, st.z, st.q, st.k, x.ldm, x.ldm, taken)
		x.reciprocals(st.den[:taken], st.factor, st.eps)
		x.recur(st, a, h, row, taken, st.q, st.k, nil)
		x.settle(st.den[:taken], a, st.b, h, row)
		row += taken
	}
}

// gatesRecurrent is the recurrent form of recurrent rules without delta.
type gatesRecurrent struct{ gates }

func (x gatesRecurrent) pairFLOPs(sequence) int64 { return 0 }

func (x gatesRecurrent) step(st *state, a *attn.Args, h, row, _, n int) {
	decay, _ := x.decays(st, a, n)
	if x.p.Rule.Decay == attn.NoDecay {
		decay = nil
	}
	// q, k and decays must have one stride: rows without gaps, or copies.
	q, k := a.Q.From(st.b, h, row), a.K.From(st.b, st.g, st.taken)
	if !x.dense(a.Q) || !x.dense(a.K) {
		for t := range n {
			copy(st.q[t*x.ldm:], a.Q.Row(st.b, h, row+t))
			copy(st.k[t*x.ldm:], a.K.Row(st.b, st.g, st.taken+t))
		}
		q, k = st.q, st.k
	}
	x.recur(st, a, h, row, n, q, k, decay)
}

// dense reports whether the rows of t are whole vectors without gaps.
func (x gates) dense(t attn.Tensor) bool { return x.ldm == x.p.HeadDim && t.Stride[2] == x.ldm }

// recur takes n tokens, q, k and decay [n, ldm], into the state, and writes their outputs.
func (x *shape) recur(st *state, a *attn.Args, h, row, n int, q, k, decay []float32) {
	x.set.Recur(kernel.Recurrence{
		Out: a.Out.From(st.b, h, row), LdOut: a.Out.Stride[2], V: a.V.From(st.b, st.g, st.taken), LdV: a.V.Stride[2],
		Q: q, K: k, A: decay, Ld: x.ldm, S: st.s, LdS: x.ldv, Factor: st.factor,
		M: x.m, Tokens: n, Dv: x.p.ValueDim,
		PrefetchQ: kernel.Prefetch{From: a.Q.From(st.b, h, row), Step: a.Q.Stride[2]},
		PrefetchK: kernel.Prefetch{From: a.K.From(st.b, st.g, st.taken), Step: a.K.Stride[2]},
	})
	st.taken += n
}
