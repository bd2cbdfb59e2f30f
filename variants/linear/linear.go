// Package linear is kernelized attention (Katharopoulos et al. 2020): an inner product of
// feature maps replaces the softmax. So the keys fold into a state S [M, Dv] and a
// normaliser z [M], whose size does not depend on N, and time is O(N). Recurrent rules have
// neither feature map nor normaliser; their S decays, and delta rules correct S.
//
// driver.go walks over the keys of a kv head and the query rows of the heads that share its
// state, for a Forward (forward.go) and for a State (state.go). What a rule does with keys and
// rows is in the other files: featuremap.go and favor.go (phi), normalise.go, recurrent.go
// (token by token), chunk.go with wy.go (a block of tokens at once) and featurechunk.go.
package linear

import (
	"cmp"
	"errors"
	"fmt"

	"attnbench/attn"
	"attnbench/internal/kernel"
)

// New returns the faster form of every rule: for feature maps and decays the recurrent form,
// which takes several tokens in one pass over the state and executes little more than the
// useful work; for delta rules the chunked form, since one token must wait for the other.
func New() attn.Decoder { return variant{fasterName} }

// NewChunked returns the chunked form: a chunk of queries meets the chunk's own keys pair by
// pair, and earlier keys through the state (Yang et al. 2024, Gated Linear Attention,
// section 2.2).
func NewChunked() attn.Decoder { return variant{chunkedName} }

// NewRecurrent returns the recurrent form (Katharopoulos et al. 2020, equations 16
// to 20): every key updates the state before the next.
func NewRecurrent() attn.Decoder { return variant{recurrentName} }

const (
	fasterName    = "linear"
	chunkedName   = "linear-chunked"
	recurrentName = "linear-recurrent"
)

// variant is one form, told by its name.
type variant struct{ name string }

// Name implements [attn.Variant].
func (v variant) Name() string { return v.name }

// ISAs implements [attn.HasISAs].
func (variant) ISAs() []string { return kernel.Names() }

// Traits implements [attn.HasTraits]: a sweep runs one form of two only by name.
func (v variant) Traits() attn.Traits { return attn.Traits{OnRequest: v != variant{fasterName}} }

// Typical implements [attn.Typical]: elu+1 under p's mask.
func (variant) Typical(p attn.Problem) attn.Problem {
	p.Rule = attn.Rule{Kind: attn.Linear}
	return p
}

// Plan implements [attn.Variant]. It supports linear and recurrent rules under the full
// and the causal mask. One worker computes query heads that share the updates of a state: all of
// a head group in the chunked form, else 8, 4, 2 or 1. So with head groups of up to 8 no more
// than Batch·KVHeads workers are busy.
func (v variant) Plan(p attn.Problem, o attn.Options) (attn.Plan, error) {
	s, err := v.shape(p, o)
	if err != nil {
		return nil, err
	}
	s.given = true
	return newPlan(s, o, v.name)
}

// shape checks that the variant supports p, and chooses the kernels.
func (v variant) shape(p attn.Problem, o attn.Options) (*shape, error) {
	if err := cmp.Or(p.Validate(), o.Validate()); err != nil {
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
