package linear

import (
	"attnbench/attn"
	"attnbench/internal/kernel"
	"attnbench/internal/par"
)

// block is the number of tokens whose features are computed at once: with
// M = Dv = 64 the features, a strip of the state and the rows of V share L1.
const block = 32

// state is what the keys fold into: S [M, lds] = Σ phi(k_j) v_jᵀ and
// z [m] = Σ phi(k_j); taken counts the keys folded so far. The rest is scratch for
// block tokens.
type state struct {
	s, z, one   []float32 // one [lds]: the alpha of a sum that is not rescaled
	q, k        []float32 // features [block, m], zeros past M
	o           []float32 // [block, lds]
	den, factor []float32 // [block]: denominators, their reciprocals
	w           []float32 // favor's projection, transposed: [D, m]
	taken       int
}

func (x *plan) stateFloats() int {
	return x.features*x.lds + x.m + x.scratchFloats() + x.projectionFloats()
}

func (x *plan) scratchFloats() int { return x.lds + block*(2*x.m+x.lds+2) }

// newState takes its memory from the front of ws, which may hold anything, and
// returns the rest. It holds what came before the keys of batch entry b and kv head g.
func (x *plan) newState(a *attn.Args, ws []float32, b, g int) (st state, rest []float32) {
	for _, part := range [...]part{{&st.s, x.features * x.lds}, {&st.z, x.m}, {&st.w, x.projectionFloats()}} {
		*part.dst, ws = ws[:part.n:part.n], ws[part.n:]
	}
	rest = x.scratch(&st, ws)
	clear(st.s)
	clear(st.z)
	if x.p.Rule.Feature == attn.Favor {
		projection := x.projection
		if a.Projection.Data != nil {
			projection = a.Projection
		}
		x.transposed(st.w, projection)
	}
	if a.State0.Data != nil {
		copy(st.z, a.Norm0.Row(b, g, 0))
		for i := range x.features {
			copy(st.s[i*x.lds:], a.State0.Row(b, g, i))
		}
	}
	return st, rest
}

// scratch takes that of st from the front of ws and returns the rest.
func (x *plan) scratch(st *state, ws []float32) []float32 {
	for _, part := range [...]part{
		{&st.q, block * x.m}, {&st.k, block * x.m}, {&st.o, block * x.lds}, {&st.one, x.lds}, {&st.den, block}, {&st.factor, block},
	} {
		*part.dst, ws = ws[:part.n:part.n], ws[part.n:]
	}
	clear(st.q)
	clear(st.k)
	for c := range st.one {
		st.one[c] = 1
	}
	return ws
}

// leave folds the keys in that no row saw, and hands the state on where that is asked
// for: the first query head of a group does so for all.
func (x *plan) leave(st *state, a *attn.Args, b, h, g int) {
	if a.StateN.Data == nil || h != g*(x.p.QHeads/x.p.KVHeads) {
		return
	}
	x.foldTo(st, a, b, g, x.p.Keys(b))
	copy(a.NormN.Row(b, g, 0), st.z)
	for i := range x.features {
		copy(a.StateN.Row(b, g, i), st.s[i*x.lds:])
	}
}

// foldTo takes the keys up to the given one into the state.
func (x *plan) foldTo(st *state, a *attn.Args, b, g, keys int) {
	for st.taken < keys {
		n := min(block, keys-st.taken)
		x.mapRows(st, st.k, a.K, b, g, st.taken, n)
		x.fold(st, a.V, b, g, n)
		par.PreemptionPoint()
	}
}

// fold takes the n keys whose features st.k holds into the state.
func (x *plan) fold(st *state, v attn.Tensor, b, g, n int) {
	x.set.Matmul(st.s, x.lds, st.k, 1, x.m, v.From(b, g, st.taken), v.Stride[2], x.features, n, x.p.ValueDim, st.one, kernel.Prefetch{})
	x.set.Normalise(st.den, st.z, st.k, st.k, x.m, x.m, n)
	st.taken += n
}
