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
		features: p.Features(), m: kernel.RoundUp(p.Features(), set.Width), lds: kernel.RoundUp(p.ValueDim, 2*set.Width)}
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
