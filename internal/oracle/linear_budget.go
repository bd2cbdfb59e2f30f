package oracle

import (
	"math"

	"attnbench/attn"
)

// linearBound is the bound of the output's error under a linear rule, in units of u:
//
//	2·max_c(Σ_j p_j·|v_jc| + |o_c|·Σ_j p_j),  p_j = Σ_i |phi_i(q) phi_i(k_j)| / (Σ a + eps)
//
// Numerator and denominator are each two nested sums, over features and over keys,
// in either order; each rounds by u times the sum of its magnitudes. Where all
// features are positive, p_j is the weight a_j. Numerator and denominator are separate
// sums, so that their errors do not cancel as the errors of one weight do. The size of a
// feature includes the roundings of the feature: see sizes. Every product may also be off
// by half the smallest denormal.
// A first state is one more term of each sum.
func linearBound(p *attn.Problem, a *attn.Args, r Row, keys []int, out []float64) (bound float64) {
	w := linearWeights[float64](p, a, r, keys)
	if w.sum == 0 {
		return 0
	}
	q, g := sizesOf(p, a, a.Q.Row(r.B, r.H, r.I)), p.KVHead(r.H)
	sums, total := make([]float64, len(out)), 0.0
	for _, j := range keys {
		weight := q.weight(sizesOf(p, a, a.K.Row(r.B, g, j)), w.top) / math.Abs(w.sum)
		if weight == 0 {
			continue
		}
		total += weight
		for c, x := range a.V.Row(r.B, g, j) {
			sums[c] += weight * math.Abs(float64(x))
		}
	}
	for i, x := range w.state {
		x = (math.Abs(x) + underflow) * q.roundings[i] / math.Abs(w.sum)
		total += x * math.Abs(float64(a.Norm0.Row(r.B, g, 0)[i]))
		for c, s := range a.State0.Row(r.B, g, i) {
			sums[c] += x * math.Abs(float64(s))
		}
	}
	for c, s := range sums {
		if finite(out[c]) {
			bound = larger(bound, 2*(s+math.Abs(out[c])*total))
		}
	}
	return bound
}

// underflow is how far a result below 2^-126 may be off: the smallest denormal, in units of u.
const underflow = 0x1p-149 / u

// sizes are the magnitudes of phi's terms, and the roundings that each takes in units of u.
type sizes struct {
	phi       []float64
	exponents []float64 // of FAVOR+, instead of phi
	roundings []float64 // 1, or more under FAVOR+: what an exponent rounds reaches its feature whole
}

func sizesOf(p *attn.Problem, a *attn.Args, row []float32) sizes {
	if p.Rule.Feature != attn.Favor {
		s := sizes{phi: featureMap[float64](p, row)}
		s.roundings = make([]float64, len(s.phi))
		for i, x := range s.phi {
			s.phi[i], s.roundings[i] = math.Abs(x)+underflow, 1
		}
		return s
	}
	s := sizes{exponents: exponents[float64](p, a, row), roundings: make([]float64, p.Rule.Features)}
	x, w := scaled[float64](p, row), projection(p, a)
	for i := range s.roundings {
		size := 1.0
		for c, y := range x {
			size += math.Abs(float64(w[i*p.HeadDim+c])*y) + y*y/2
		}
		s.roundings[i] = size
	}
	return s
}

// weight is the sum of the magnitudes of a key's terms, each times its roundings; under
// FAVOR+ over exp(top)/M.
func (q sizes) weight(k sizes, top float64) (sum float64) {
	for i, x := range k.phi {
		sum += q.phi[i]*x + underflow
	}
	for i, e := range k.exponents {
		sum += math.Exp(q.exponents[i]+e-top)*q.roundings[i]*k.roundings[i] + underflow
	}
	return sum
}
