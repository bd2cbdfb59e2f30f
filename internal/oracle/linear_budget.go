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
// feature includes the roundings of the feature: see featureSizes. Every product may also
// be off by half the smallest denormal.
// A first state is one more term of each sum.
func linearBound(p *attn.Problem, a *attn.Args, r Row, keys []int, out []float64) (bound float64) {
	w := linearWeights[float64](p, a, r, keys)
	if w.sum == 0 {
		return 0
	}
	q, g := featureSizes(p, a, a.Q.Row(r.B, r.H, r.I)), p.KVHead(r.H)
	sums, total := make([]float64, len(out)), 0.0
	for _, j := range keys {
		weight := 0.0
		for i, x := range featureSizes(p, a, a.K.Row(r.B, g, j)) {
			weight += q[i]*x + underflow
		}
		weight /= math.Abs(w.sum)
		if weight == 0 {
			continue
		}
		total += weight
		for c, x := range a.V.Row(r.B, g, j) {
			sums[c] += weight * math.Abs(float64(x))
		}
	}
	if a.State0.Data != nil {
		for i, z := range a.Norm0.Row(r.B, g, 0) {
			total += q[i] * math.Abs(float64(z)/w.sum)
			for c, s := range a.State0.Row(r.B, g, i) {
				sums[c] += q[i] * math.Abs(float64(s)/w.sum)
			}
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

// featureSizes are the magnitudes of phi's terms, each times its roundings in units of u. An
// exponential passes the roundings of its argument on whole.
func featureSizes(p *attn.Problem, a *attn.Args, row []float32) []float64 {
	phi := featureMap[float64](p, a, row)
	for i := range phi {
		phi[i] = math.Abs(phi[i]) + underflow
	}
	if p.Rule.Feature != attn.Favor {
		return phi
	}
	x, w := scaled[float64](p, row), projection(p, a)
	for i := range phi {
		size := 0.0
		for c, y := range x {
			size += math.Abs(float64(w[i*p.HeadDim+c])*y) + y*y/2
		}
		phi[i] *= 1 + size
	}
	return phi
}
