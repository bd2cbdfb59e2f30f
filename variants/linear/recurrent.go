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
// denominator. Otherwise q_t and k_t are rows of Q and K, and the factor is the scale. Query
// heads that share a state have each a q_t of their own.

func (x features) block(st *state, a *attn.Args, row, _, n int) {
	T := x.rowsPerBlock
	for end := row + n; row < end; {
		taken := x.keys(st, a, end-row)
		for h := range st.of {
			q, z := st.q[h*T*x.ldm:], st.z
			x.queries(st, q, st.eps[h*T:], a, st.h+h, row, taken)
			if h < st.of-1 { // the keys are added to z once
				z = st.sums[:copy(st.sums, z)]
			}
			x.set.Normalise(st.den[h*T:], z, q, st.k, x.ldm, x.ldm, taken)
			x.reciprocals(st.den[h*T:h*T+taken], st.factor[h*T:], st.eps[h*T:])
		}
		x.recur(st, a, row, taken, kernel.Recurrence{Q: st.q, HeadQ: T * x.ldm, K: st.k, HeadFactor: T})
		for h := range st.of {
			x.settle(st.den[h*T:h*T+taken], a, st.b, st.h+h, row)
		}
		row += taken
	}
}

func (x features) heads(left int) int { return together(left) }

// gatesRecurrent is the recurrent form of recurrent rules without delta.
type gatesRecurrent struct{ gates }

func (x gatesRecurrent) pairFLOPs(sequence, int) int64 { return 0 }

func (x gatesRecurrent) heads(left int) int { return together(left) }

func (x gatesRecurrent) block(st *state, a *attn.Args, row, _, n int) {
	decay, _ := x.decays(st, a, n)
	if x.p.Rule.Decay == attn.NoDecay {
		decay = nil
	}
	// q, k and decays must have one stride: rows without gaps, or copies.
	q, k, next := a.Q.From(st.b, st.h, row), a.K.From(st.b, st.g, st.taken), a.Q.Stride[1]
	if !x.dense(a.Q) || !x.dense(a.K) {
		q, k, next = st.q, st.k, x.rowsPerBlock*x.ldm
		for t := range n {
			for h := range st.of {
				copy(q[h*next+t*x.ldm:], a.Q.Row(st.b, st.h+h, row+t))
			}
			copy(k[t*x.ldm:], a.K.Row(st.b, st.g, st.taken+t))
		}
	}
	x.recur(st, a, row, n, kernel.Recurrence{Q: q, HeadQ: next, K: k, A: decay})
}

// dense reports whether the rows of t are whole vectors without gaps.
func (x gates) dense(t attn.Tensor) bool { return x.ldm == x.p.HeadDim && t.Stride[2] == x.ldm }

// recur takes n tokens, the queries, keys and decays [n, ldm] of r, into the state, and writes
// their outputs.
func (x *shape) recur(st *state, a *attn.Args, row, n int, r kernel.Recurrence) {
	r.Out, r.LdOut, r.HeadOut = a.Out.From(st.b, st.h, row), a.Out.Stride[2], a.Out.Stride[1]
	r.V, r.LdV = a.V.From(st.b, st.g, st.taken), a.V.Stride[2]
	r.Ld, r.S, r.LdS, r.Factor = x.ldm, st.s, x.ldv, st.factor
	r.M, r.Tokens, r.Dv, r.Heads = x.m, n, x.p.ValueDim, st.of
	r.PrefetchQ = kernel.Prefetch{From: a.Q.From(st.b, st.h, row), Step: a.Q.Stride[2]}
	r.PrefetchK = kernel.Prefetch{From: a.K.From(st.b, st.g, st.taken), Step: a.K.Stride[2]}
	x.set.Recur(r)
	st.taken += n
}
