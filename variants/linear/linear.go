// Package linear is kernelized attention (Katharopoulos et al. 2020): with the
// softmax replaced by an inner product of feature maps, the keys fold into a
// state S [M, Dv] and a normaliser z [M], and time is O(N) where the state is O(1).
package linear

import (
	"errors"
	"fmt"

	"attnbench/attn"
	"attnbench/internal/kernel"
	"attnbench/internal/par"
)

// New returns the chunked form: a chunk of queries meets the keys of its own
// chunk pair by pair and all earlier ones through the state (Yang et al. 2024,
// Gated Linear Attention, section 2.2). Both kinds of work are matrix products.
func New() attn.Variant { return variant{} }

// NewRecurrent returns the recurrent form, one token at a time (Katharopoulos et
// al. 2020, equations 16 to 20): the plain form that the chunked one must agree with.
func NewRecurrent() attn.Variant { return variant{recurrent: true} }

type variant struct{ recurrent bool }

// Name implements [attn.Variant].
func (v variant) Name() string {
	if v.recurrent {
		return "linear-recurrent"
	}
	return "linear"
}

// ISAs implements [attn.HasISAs].
func (variant) ISAs() []string { return kernel.Names() }

// Traits implements [attn.HasTraits]: the recurrent form is swept where it is named.
func (v variant) Traits() attn.Traits { return attn.Traits{OnRequest: v.recurrent} }

// Typical implements [attn.Typical]: elu+1 under the mask that p has.
func (variant) Typical(p attn.Problem) attn.Problem {
	p.Rule = attn.Rule{Kind: attn.Linear}
	return p
}

// Plan implements [attn.Variant]. It reaches linear rules under the full and the
// causal mask.
func (v variant) Plan(p attn.Problem, o attn.Options) (attn.Plan, error) {
	if err := p.Validate(); err != nil {
		return nil, err
	}
	mask := p.VisibilityMask()
	if p.Rule.Kind != attn.Linear {
		return nil, fmt.Errorf("%s: Rule %v: %w", v.Name(), p.Rule, errors.ErrUnsupported)
	}
	if mask != attn.Full() && mask != attn.Causal() {
		return nil, fmt.Errorf("%s: Mask %v: only full and causal fold into a state: %w", v.Name(), mask, errors.ErrUnsupported)
	}
	set, err := kernel.Find(o.ISA)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", v.Name(), err)
	}
	x := &plan{p: p, set: set, causal: mask == attn.Causal()}
	part, floats := x.chunked, x.chunkFloats()
	if v.recurrent {
		part, floats = x.recurrent, x.recurrentFloats()
	}
	x.isRecurrent = v.recurrent
	x.Init(p, o, p.Batch*p.QHeads, floats, part)
	return x, nil
}

type plan struct {
	par.Parts
	p           attn.Problem
	set         *kernel.Set
	causal      bool
	isRecurrent bool
}

// state is what the keys fold into: S [M, Dv] = Σ phi(k_j) v_jᵀ and z [M] = Σ phi(k_j).
// taken counts the keys folded so far; phi [L, M] is scratch for their features.
type state struct {
	s, z, phi []float32
	taken     int
}

func (x *plan) stateFloats() int {
	return x.p.HeadDim * (x.p.ValueDim + 1 + x.set.Lanes)
}

// newState takes its memory from the front of ws, which may hold anything, and
// returns the rest.
func (x *plan) newState(ws []float32) (state, []float32) {
	m, dv := x.p.HeadDim, x.p.ValueDim
	st := state{s: ws[:m*dv], z: ws[m*dv : m*dv+m], phi: ws[m*dv+m : x.stateFloats()]}
	clear(st.s)
	clear(st.z)
	return st, ws[x.stateFloats():]
}

// features fills st.phi with the feature maps of n keys from st.taken on.
func (x *plan) features(st *state, k attn.Tensor, b, g, n int) {
	m := x.p.HeadDim
	for r := range n {
		x.set.EluPlus1(st.phi[r*m:(r+1)*m], k.Row(b, g, st.taken+r))
	}
}

// fold takes the n keys whose features st.phi holds into the state.
func (x *plan) fold(st *state, v attn.Tensor, b, g, n int) {
	m, dv := x.p.HeadDim, x.p.ValueDim
	if n == 0 {
		return
	}
	x.set.Outer(st.s, st.phi, m, v.From(b, g, st.taken), v.Stride[2], n, m, dv)
	for i := range st.z {
		var sum float32
		for r := range n {
			sum += st.phi[r*m+i]
		}
		st.z[i] += sum
	}
	st.taken += n
}

// reach is the number of keys that the query at position t sees.
func (x *plan) reach(b, t int) int {
	if !x.causal {
		return x.p.Keys(b)
	}
	return max(0, min(x.p.Keys(b), t+1))
}

// reciprocal is 1/(den + eps), and 0 for a zero denominator.
func (x *plan) reciprocal(den float32) float32 {
	den += x.p.Rule.Eps
	if den == 0 {
		return 0
	}
	return 1 / den
}

// ExecutedFLOPs implements [attn.CountsFLOPs].
func (x *plan) ExecutedFLOPs() int64 {
	m, dv := int64(x.p.HeadDim), int64(x.p.ValueDim)
	var total int64
	for b := range x.p.Batch {
		taken := int64(x.reach(b, x.p.Start(b)+x.p.QLen-1))
		total += 2*m*dv*(taken+int64(x.p.QLen)) + 2*(m+dv)*x.pairsInChunks(b)
	}
	return total * int64(x.p.QHeads)
}
