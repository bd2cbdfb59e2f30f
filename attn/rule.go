package attn

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// RuleKind is how scores become weights.
type RuleKind uint8

const (
	// Softmax weights keys by the exponential of their scores (Vaswani et al. 2017).
	Softmax RuleKind = iota
	// Linear weights keys by the inner product of feature maps, normalised
	// (Katharopoulos et al. 2020).
	Linear
	// Recurrent folds keys into a state S [M, Dv], M = D, in order and without a
	// normaliser. S decays, then takes k vᵀ or, under a delta rule, k times the
	// difference of v from what S already outputs for k. See [Rule.Decay] and [Rule.Delta].
	Recurrent
)

// Decay is the factor of a recurrent rule's state before it takes a key: the
// exponential of a number that is 0 or less.
type Decay uint8

const (
	// NoDecay keeps the state as it is.
	NoDecay Decay = iota
	// FixedDecay is one factor per kv head, Problem.LogDecay (Sun et al. 2023,
	// Retentive Network, section 2.1).
	FixedDecay
	// HeadDecay is one factor per token and kv head, Args.Decay [B,Hkv,Nk,1] (Dao and
	// Gu 2024, Mamba-2, section 2; Yang et al. 2024, Gated DeltaNet, section 3.1).
	HeadDecay
	// DimDecay is one factor per token, kv head and row of the state, Args.Decay
	// [B,Hkv,Nk,M] (Yang et al. 2024, Gated Linear Attention, section 4.1; with Delta
	// Kimi Team 2025, Kimi Linear, section 3).
	DimDecay
)

// Rule is how a Problem turns scores into an output. The zero value is softmax.
type Rule struct {
	Kind     RuleKind
	Feature  Feature // of a linear rule
	Features int     // M of Favor
	Seed     int     // of Favor's projection where Args.Projection is not given
	Eps      float32 // added to the denominator of a linear rule; 0 by default, never negative

	// Of a recurrent rule. With Delta the state takes k (beta (v - Sᵀk))ᵀ, beta from
	// Args.Beta [B,Hkv,Nk,1] (Yang et al. 2024, DeltaNet, section 2.2).
	Decay Decay
	Delta bool
}

// Validate reports an unknown kind or feature map and an unusable eps.
func (r Rule) Validate() error {
	switch {
	case r.Kind > Recurrent:
		return fmt.Errorf("kind %d is unknown", r.Kind)
	case r.Kind != Linear && (r.Feature != 0 || r.Features != 0 || r.Seed != 0 || r.Eps != 0):
		return fmt.Errorf("a feature map or eps belongs to linear rules")
	case r.Kind != Recurrent && (r.Decay != NoDecay || r.Delta):
		return fmt.Errorf("decay and delta belong to recurrent rules")
	case r.Decay > DimDecay:
		return fmt.Errorf("decay %d is unknown", r.Decay)
	}
	return r.validateFeature()
}

// recurrentNames are the texts of the recurrent rules.
var recurrentNames = map[string]Rule{
	"identity":         {Kind: Recurrent},
	"retention":        {Kind: Recurrent, Decay: FixedDecay},
	"gated:head":       {Kind: Recurrent, Decay: HeadDecay},
	"gated:dim":        {Kind: Recurrent, Decay: DimDecay},
	"delta":            {Kind: Recurrent, Delta: true},
	"delta-retention":  {Kind: Recurrent, Decay: FixedDecay, Delta: true},
	"gated-delta:head": {Kind: Recurrent, Decay: HeadDecay, Delta: true},
	"gated-delta:dim":  {Kind: Recurrent, Decay: DimDecay, Delta: true},
}

// RuleTexts lists what ParseRule takes; each of the linear ones may end in :EPS.
func RuleTexts() []string {
	return append([]string{"softmax", "linear:elu1", "linear:relu", "linear:favor:FEATURES:SEED", "linear:taylor2"}, slices.Sorted(maps.Keys(recurrentNames))...)
}

// String is the text that ParseRule reads and that records hold, one of [RuleTexts].
func (r Rule) String() string {
	for name, rule := range recurrentNames {
		if rule == r {
			return name
		}
	}
	if r.Kind == Softmax {
		return "softmax"
	}
	return r.linearText()
}

// ParseRule reads what String writes.
func ParseRule(s string) (Rule, error) {
	if r, ok := recurrentNames[s]; ok || s == "softmax" {
		return r, nil
	}
	if r, ok := parseLinear(s); ok {
		return r, nil
	}
	return Rule{}, fmt.Errorf("rule %q: want one of %s", s, strings.Join(RuleTexts(), ", "))
}

// RetentionDecay returns the log decays of retention for any number of heads:
// ln(1 - 2^(-5-h)) (Sun et al. 2023, section 2.2).
func RetentionDecay(heads int) []float32 {
	list := make([]float32, max(0, heads))
	for h := range list {
		list[h] = float32(math.Log1p(-math.Exp2(-5 - float64(h))))
	}
	return list
}
