// Package linear is kernelized attention (Katharopoulos et al. 2020): with the
// softmax replaced by an inner product of feature maps, the keys fold into a
// state S [M, Dv] and a normaliser z [M], and time is O(N) where the state is O(1).
package linear

import (
	"errors"
	"fmt"
	"math"

	"attnbench/attn"
	"attnbench/internal/kernel"
	"attnbench/internal/par"
)

// New returns the faster form of every rule. For feature maps and decays that is the
// recurrent one, several tokens to a pass over the state, which executes the useful
// work and little more; for delta rules, whose every token waits for what the state
// answers to the one before, the chunked one.
func New() attn.Variant { return variant{"linear"} }

// NewChunked returns the chunked form: a chunk of queries meets the keys of its
// own chunk pair by pair and all earlier ones through the state (Yang et al.
// 2024, Gated Linear Attention, section 2.2).
func NewChunked() attn.Variant { return variant{chunkedName} }

// NewRecurrent returns the recurrent form (Katharopoulos et al. 2020, equations 16
// to 20): every key enters the state before the next.
func NewRecurrent() attn.Variant { return variant{recurrentName} }

const (
	chunkedName   = "linear-chunked"
	recurrentName = "linear-recurrent"
)

// variant is one form by its name.
type variant struct{ name string }

// Name implements [attn.Variant].
func (v variant) Name() string { return v.name }

// ISAs implements [attn.HasISAs].
func (variant) ISAs() []string { return kernel.Names() }

// Traits implements [attn.HasTraits]: one form of two is swept where it is named.
func (v variant) Traits() attn.Traits { return attn.Traits{OnRequest: v != variant{"linear"}} }

// Typical implements [attn.Typical]: elu+1 under the mask that p has.
func (variant) Typical(p attn.Problem) attn.Problem {
	p.Rule = attn.Rule{Kind: attn.Linear}
	return p
}

// Plan implements [attn.Variant]. It reaches linear and recurrent rules under the full
// and the causal mask. A head is computed by one worker, so that no more than
// Batch·QHeads can be busy.
func (v variant) Plan(p attn.Problem, o attn.Options) (attn.Plan, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	mask := p.VisibilityMask()
	if p.Rule.Kind == attn.Softmax {
		return nil, fmt.Errorf("%s: Rule %v: %w", v.Name(), p.Rule, errors.ErrUnsupported)
	}
	if mask != attn.Full() && mask != attn.Causal() {
		return nil, fmt.Errorf("%s: Mask %v: only full and causal fold into a state: %w", v.Name(), mask, errors.ErrUnsupported)
	}
	set, err := kernel.Find(o.ISA)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", v.Name(), err)
	}
	if p.Rule.Kind == attn.Recurrent {
		return newGated(p, o, set, v.name), nil
	}
	chunked := v.name == chunkedName
	x := &plan{p: p, set: set, causal: mask == attn.Causal(), isChunked: chunked,
		features: p.Features(), m: roundUp(p.Features(), set.Width), lds: roundUp(p.ValueDim, 2*set.Width)}
	x.root = float32(math.Sqrt(p.Scale.Value(p.HeadDim)))
	if p.Rule.Feature == attn.Favor {
		x.projection = attn.Packed(attn.FavorProjection(p.Rule.Features, p.HeadDim, p.Rule.Seed), 1, 1, p.Rule.Features, p.HeadDim)
	}
	part, floats := x.recurrent, x.stateFloats()
	if chunked {
		part, floats = x.chunked, x.stateFloats()+x.chunkFloats()
	}
	x.Init(p, o, p.Batch*p.QHeads, floats, part)
	return x, nil
}

func roundUp(n, to int) int { return (n + to - 1) / to * to }

type plan struct {
	par.Parts
	p         attn.Problem
	set       *kernel.Set
	causal    bool
	isChunked bool
	features  int // M
	m, lds    int // row strides: M and Dv in whole vectors

	root       float32     // of the scale, for the feature maps that take it
	projection attn.Tensor // [1, 1, M, D] of favor where none is given
}

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
	return x.features*x.lds + x.m + x.lds + block*(2*x.m+x.lds+2) + x.projectionFloats()
}

// newState takes its memory from the front of ws, which may hold anything, and
// returns the rest.
func (x *plan) newState(a *attn.Args, ws []float32) (st state, rest []float32) {
	for _, part := range []struct {
		dst *[]float32
		n   int
	}{
		{&st.s, x.features * x.lds}, {&st.q, block * x.m}, {&st.k, block * x.m}, {&st.o, block * x.lds},
		{&st.z, x.m}, {&st.one, x.lds}, {&st.den, block}, {&st.factor, block}, {&st.w, x.projectionFloats()},
	} {
		*part.dst, ws = ws[:part.n:part.n], ws[part.n:]
	}
	clear(st.s)
	clear(st.q)
	clear(st.k)
	clear(st.z)
	for c := range st.one {
		st.one[c] = 1
	}
	x.loadProjection(&st, a)
	return st, ws
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
	x.set.Mul(st.s, x.lds, st.k, 1, x.m, v.From(b, g, st.taken), v.Stride[2], x.features, n, x.p.ValueDim, st.one, kernel.Next{})
	x.set.Normalise(st.den, st.z, st.k, st.k, x.m, x.m, n)
	st.taken += n
}

// reach is the number of keys that the query at position t sees.
func (x *plan) reach(b, t int) int {
	if !x.causal {
		return x.p.Keys(b)
	}
	return max(0, min(x.p.Keys(b), t+1))
}

// tiny is below which a denominator's reciprocal may be out of range. Such rows are
// raised by lift instead and divided afterwards.
const (
	tiny = 0x1p-100
	lift = 0x1p64
)

// reciprocals adds eps to the n denominators and fills st.factor with their
// reciprocals, or lift. settle must follow.
func (x *plan) reciprocals(st *state, n int) {
	for t, d := range st.den[:n] {
		st.den[t] = d + x.p.Rule.Eps
		st.factor[t] = factorOf(st.den[t])
	}
}

func factorOf(den float32) float32 {
	if den < tiny && den > -tiny {
		return lift
	}
	return 1 / den
}

// settle ends a row that was multiplied by factorOf(den). Where den is 0 the row is 0,
// whatever stood above the line.
func settle(row []float32, den float32) {
	switch {
	case den == 0:
		clear(row)
	case factorOf(den) == lift:
		for c := range row {
			row[c] /= den * lift
		}
	}
}

// ExecutedFLOPs implements [attn.CountsFLOPs].
func (x *plan) ExecutedFLOPs() int64 {
	m, dv := int64(x.features), int64(x.p.ValueDim)
	var total int64
	for b := range x.p.Batch {
		taken := int64(x.reach(b, x.p.Start(b)+x.p.QLen-1))
		total += 2*m*dv*(taken+int64(x.p.QLen)) + 2*(m+dv)*x.pairsInChunks(b)
	}
	return total * int64(x.p.QHeads)
}
