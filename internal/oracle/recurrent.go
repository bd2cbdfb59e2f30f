package oracle

import (
	"math"

	"attnbench/attn"
)

// state is S [M, Dv] of a recurrent rule after the first taken keys of one kv head, as
// query head h reads it.
type state[T Float] struct {
	p       *attn.Problem
	a       *attn.Args
	b, h, g int
	s       [][]T
	taken   int
}

func newState[T Float](p *attn.Problem, a *attn.Args, b, h int) *state[T] {
	st := &state[T]{p: p, a: a, b: b, h: h, g: p.KVHead(h), s: make([][]T, p.HeadDim)}
	for i := range st.s {
		st.s[i] = make([]T, p.ValueDim)
		if a.State0.Data != nil {
			copy(st.s[i], wide[T](a.State0.Row(b, st.g, i)))
		}
	}
	return st
}

// recurrent is one row: the state takes all keys that the row sees, then answers its
// query. Rows must come in rising order.
func (st *state[T]) recurrent(row int, out []T) {
	for st.taken < st.seen(row) {
		st.update()
	}
	st.output(row, out)
}

// seen counts the keys that a row sees: the mask is full or causal.
func (st *state[T]) seen(row int) int {
	keys := st.p.Keys(st.b)
	if st.p.VisibilityMask() == attn.Causal() {
		return max(0, min(keys, st.p.Start(st.b)+row+1))
	}
	return keys
}

// update takes the next key, k [M] with its value v [Dv] (Yang et al. 2024, Gated
// DeltaNet, section 3.1; without delta Gated Linear Attention, section 4.1):
//
//	S = decay·S
//	S = S + k vᵀ, or with delta S + k (beta·(v - Sᵀk))ᵀ
func (st *state[T]) update() {
	k, value := wide[T](st.a.K.Row(st.b, st.g, st.taken)), wide[T](st.a.V.Row(st.b, st.g, st.taken))
	for i, row := range st.s {
		decay := T(decayOf(st.p, st.a, st.b, st.g, st.taken, i))
		for c := range row {
			row[c] *= decay
		}
	}
	if st.p.Rule.Delta {
		beta := T(st.a.Beta.Row(st.b, st.g, st.taken)[0])
		for i, row := range st.s {
			for c := range row {
				value[c] -= k[i] * row[c]
			}
		}
		for c := range value {
			value[c] *= beta
		}
	}
	for i, row := range st.s {
		for c := range row {
			row[c] += k[i] * value[c]
		}
	}
	st.taken++
}

// output answers the query of a row: out = scale·Sᵀq.
func (st *state[T]) output(row int, out []T) {
	clear(out)
	q := wide[T](st.a.Q.Row(st.b, st.h, row))
	for i, s := range st.s {
		for c := range s {
			out[c] += q[i] * s[c]
		}
	}
	for c := range out {
		out[c] *= T(st.p.Scale.Value(st.p.HeadDim))
	}
}

// decayOf is the factor of row i of the state at key j: the exponential of what is given.
func decayOf(p *attn.Problem, a *attn.Args, b, g, j, i int) float64 {
	switch p.Rule.Decay {
	case attn.FixedDecay:
		return math.Exp(float64(p.LogDecay[g]))
	case attn.HeadDecay:
		return math.Exp(float64(a.Decay.Row(b, g, j)[0]))
	case attn.DimDecay:
		return math.Exp(float64(a.Decay.Row(b, g, j)[i]))
	}
	return 1
}
