package attn

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Feature is the feature map phi of a linear rule, D numbers to M. All are
// normalised: the weights of a row are divided by their sum and eps.
type Feature uint8

const (
	// EluPlus1 is phi(x) = x > 0 ? x+1 : exp(x), element by element, M = D
	// (Katharopoulos et al. 2020, equation 7).
	EluPlus1 Feature = iota
	// ReLU is phi(x) = max(x, 0), element by element, M = D (Kasai et al. 2021, T2R,
	// section 2.2). A query or key without a positive element has no weight.
	ReLU
	// Favor is FAVOR+: with x' = x·√scale and M = Rule.Features rows w_i of a random
	// orthogonal projection, phi_i(x) = exp(w_i·x' - |x'|²/2)/√M, whose products
	// approximate exp(scale·q·k) (Choromanski et al. 2021, Performers, section 2.3).
	Favor
	// Taylor2 is the exponential series to second order: with x' = x·√scale,
	// phi(x) = [1, x', x'⊗x'/√2], so that phi(q)·phi(k) = 1 + s + s²/2 with
	// s = scale·q·k; M = 1 + D + D² (Arora et al. 2024, Based, section 3.1).
	Taylor2
)

var featureNames = [...]string{EluPlus1: "elu1", ReLU: "relu", Favor: "favor", Taylor2: "taylor2"}

// scales reports whether the feature map takes the scale.
func (f Feature) scales() bool { return f == Favor || f == Taylor2 }

// Features is M, the rows of the state: HeadDim, or what a linear rule's feature map makes
// of it.
func (p Problem) Features() int {
	if p.Rule.Kind == Linear {
		switch p.Rule.Feature {
		case Favor:
			return p.Rule.Features
		case Taylor2:
			return 1 + p.HeadDim + p.HeadDim*p.HeadDim
		}
	}
	return p.HeadDim
}

// maxFeatures bounds the features of FAVOR+.
const maxFeatures = 1 << 20

// validateFeature checks the linear half of a rule.
func (r Rule) validateFeature() error {
	switch {
	case r.Feature > Taylor2:
		return fmt.Errorf("feature map %d is unknown", r.Feature)
	case (r.Feature == Favor) != (r.Features != 0) || r.Features < 0 || r.Features > maxFeatures:
		return fmt.Errorf("features are %d: want 1 to %d for favor, 0 for others", r.Features, maxFeatures)
	case r.Feature != Favor && r.Seed != 0 || r.Seed < 0:
		return fmt.Errorf("seed is %d: want 0 or more for favor, 0 for others", r.Seed)
	case !(r.Eps >= 0) || math.IsInf(float64(r.Eps), 0):
		return fmt.Errorf("eps is %v: want a finite number, 0 or more", r.Eps)
	}
	return nil
}

// linearText is linear:FEATURE, for favor followed by :FEATURES:SEED, and :EPS where
// eps is not 0.
func (r Rule) linearText() string {
	s := "linear:" + featureNames[min(int(r.Feature), len(featureNames)-1)]
	if r.Feature == Favor {
		s += fmt.Sprintf(":%d:%d", r.Features, r.Seed)
	}
	if r.Eps != 0 {
		s += ":" + formatFloat(r.Eps)
	}
	return s
}

// parseLinear reads what linearText writes.
func parseLinear(s string) (Rule, bool) {
	words := strings.Split(s, ":")
	if words[0] != "linear" || len(words) < 2 {
		return Rule{}, false
	}
	for f, name := range featureNames {
		if words[1] != name {
			continue
		}
		r := Rule{Kind: Linear, Feature: Feature(f)}
		rest := words[2:]
		var err error
		if r.Feature == Favor {
			if len(rest) < 2 {
				return r, false
			}
			var errSeed error
			r.Features, err = strconv.Atoi(rest[0])
			r.Seed, errSeed = strconv.Atoi(rest[1])
			if err != nil || errSeed != nil {
				return r, false
			}
			rest = rest[2:]
		}
		if len(rest) == 1 {
			r.Eps, err = parseFloat(rest[0])
		}
		return r, err == nil && len(rest) <= 1 && r.Validate() == nil
	}
	return Rule{}, false
}
