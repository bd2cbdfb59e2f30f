package oracle

import (
	"math"

	"attnbench/attn"
)

// gated is one step of gated linear attention (Yang et al. 2024, Gated Linear Attention,
// section 4.1): the state S [M, Dv] decays, then takes key k [M] with value v [Dv].
//
//	S = Diag(decay)·S + k vᵀ
func gated[T Float](s [][]T, decay, k, v []T) {
	for i := range s {
		for c := range s[i] {
			s[i][c] *= decay[i]
			s[i][c] += k[i] * v[c]
		}
	}
}

// delta is one step of a delta rule (Yang et al. 2024, Gated DeltaNet, section 3.1): it moves
// what the state holds for k towards v, beta of the way. It overwrites v with v - Sᵀk.
//
//	S = Diag(decay)·S
//	S = S + k (beta·(v - Sᵀk))ᵀ
func delta[T Float](s [][]T, decay, k, v []T, beta T) {
	for i := range s {
		for c := range v {
			s[i][c] *= decay[i]
			v[c] -= k[i] * s[i][c]
		}
	}
	for i := range s {
		for c := range v {
			s[i][c] += k[i] * (beta * v[c])
		}
	}
}

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

// recurrent is one row: the state takes all keys that the row sees, then the query reads
// the state. Rows must come in rising order.
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

// update takes the next key.
func (st *state[T]) update() {
	k, v := wide[T](st.a.K.Row(st.b, st.g, st.taken)), wide[T](st.a.V.Row(st.b, st.g, st.taken))
	if st.p.Rule.Delta {
		delta(st.s, st.decay(), k, v, T(st.a.Beta.Row(st.b, st.g, st.taken)[0]))
	} else {
		gated(st.s, st.decay(), k, v)
	}
	st.taken++
}

// output is what the query of a row reads: out = scale·Sᵀq.
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

// decay is the factors of the next key, one for each row of the state. Args has their
// logarithms.
func (st *state[T]) decay() []T {
	factors := make([]T, len(st.s))
	for i := range factors {
		log := float32(0)
		switch st.p.Rule.Decay {
		case attn.FixedDecay:
			log = st.p.LogDecay[st.g]
		case attn.HeadDecay:
			log = st.a.Decay.Row(st.b, st.g, st.taken)[0]
		case attn.DimDecay:
			log = st.a.Decay.Row(st.b, st.g, st.taken)[i]
		}
		factors[i] = T(math.Exp(float64(log)))
	}
	return factors
}
