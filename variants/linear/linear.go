// Package linear is kernelized attention (Katharopoulos et al. 2020): with the
// softmax replaced by an inner product of feature maps, the keys fold into a
// state S [M, Dv] and a normaliser z [M], and time is O(N) where the state is O(1).
// Recurrent rules have no feature map or normaliser; S decays, and delta rules correct it.
//
// driver.go walks over the keys and the query rows of a head, for a Forward (forward.go)
// and for a State (state.go). What a rule does with keys and rows is in the other files:
// featuremap.go (phi) and normalise.go, recurrent.go (token by token), chunk.go with wy.go
// (a block of tokens at once) and featurechunk.go.
package linear

import (
	"errors"
	"fmt"

	"attnbench/attn"
	"attnbench/internal/kernel"
)

// New returns the faster form of every rule. For feature maps and decays that is the
// recurrent one, several tokens to a pass over the state, which executes the useful
// work and little more; for delta rules, whose every token waits for what the state
// holds after the one before, the chunked one.
func New() attn.Variant { return variant{"linear"} }

// NewChunked returns the chunked form: a chunk of queries meets the keys of its
// own chunk pair by pair and all earlier ones through the state (Yang et al.
// 2024, Gated Linear Attention, section 2.2).
func NewChunked() attn.Variant { return variant{chunkedName} }

// NewRecurrent returns the recurrent form (Katharopoulos et al. 2020, equations 16
// to 20): every key updates the state before the next.
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
	s, err := v.shape(p, o)
	if err != nil {
		return nil, err
	}
	s.given = true
	return newPlan(s, o, v.name), nil
}

// shape checks that p is within reach and chooses its kernels.
func (v variant) shape(p attn.Problem, o attn.Options) (*shape, error) {
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
	return newShape(p, set, v.name), nil
}
