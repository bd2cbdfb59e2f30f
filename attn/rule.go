package attn

import (
	"fmt"
	"math"
	"strconv"
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
)

// Feature is the feature map phi of a linear rule.
type Feature uint8

// EluPlus1 is phi(x) = x > 0 ? x+1 : exp(x), element by element, M = D
// (Katharopoulos et al. 2020, equation 7).
const EluPlus1 Feature = 0

// Rule is how a Problem turns scores into an output. The zero value is softmax.
type Rule struct {
	Kind    RuleKind
	Feature Feature // of a linear rule
	Eps     float32 // added to the denominator of a linear rule; 0 by default, never negative
}

// Validate reports an unknown kind or feature map and an unusable eps.
func (r Rule) Validate() error {
	switch {
	case r.Kind > Linear:
		return fmt.Errorf("kind %d is unknown", r.Kind)
	case r.Kind == Softmax && r != Rule{}:
		return fmt.Errorf("a feature map or eps belongs to linear rules")
	case r.Feature > EluPlus1:
		return fmt.Errorf("feature map %d is unknown", r.Feature)
	case !(r.Eps >= 0) || math.IsInf(float64(r.Eps), 0):
		return fmt.Errorf("eps is %v: want a finite number, 0 or more", r.Eps)
	}
	return nil
}

// String is the text that ParseRule reads and that records hold: softmax,
// linear:elu1, linear:elu1:EPS.
func (r Rule) String() string {
	switch {
	case r.Kind == Softmax:
		return "softmax"
	case r.Eps != 0:
		return "linear:elu1:" + strconv.FormatFloat(float64(r.Eps), 'g', -1, 32)
	}
	return "linear:elu1"
}

// ParseRule reads what String writes.
func ParseRule(s string) (Rule, error) {
	if s == "softmax" {
		return Rule{}, nil
	}
	if rest, ok := strings.CutPrefix(s, "linear:elu1"); ok {
		r := Rule{Kind: Linear}
		if rest == "" {
			return r, nil
		}
		if text, ok := strings.CutPrefix(rest, ":"); ok {
			eps, err := strconv.ParseFloat(text, 32)
			r.Eps = float32(eps)
			if err == nil && r.Validate() == nil {
				return r, nil
			}
		}
	}
	return Rule{}, fmt.Errorf("rule %q: want softmax, linear:elu1 or linear:elu1:EPS", s)
}

// Scale multiplies the scores. The zero value is 1/sqrt(HeadDim); ScaleOf sets
// any other, 0 and negative ones too.
type Scale struct {
	set   bool
	value float32
}

// ScaleOf is the explicit scale x.
func ScaleOf(x float32) Scale { return Scale{true, x} }

// Value returns the factor for a head_dim.
func (s Scale) Value(headDim int) float64 {
	if s.set {
		return float64(s.value)
	}
	return 1 / math.Sqrt(float64(headDim))
}

// Explicit returns the value given to ScaleOf, and whether there was one.
func (s Scale) Explicit() (float32, bool) { return s.value, s.set }
