package oracle

import (
	"math"
	"sync"

	"attnbench/attn"
)

// FAVOR+ (Choromanski et al. 2021, equation 5) has the features phi_i(x) = exp(e_i(x))/√M,
// e_i(x) = w_i·x' - |x'|²/2. The weight of key j is the sum of M terms:
//
//	a_j = Σ_i exp(e_i(q) + e_i(k_j))/M
//
// Long queries and keys make all terms of a row smaller than any number of the precision T,
// where their quotient still exists. So every weight, eps and what a first state adds are
// divided by exp(m)/M, m being the largest exponent among them, which cancels.

// exponents are e_i of a row.
func exponents[T Float](p *attn.Problem, a *attn.Args, row []float32) []T {
	x, w := scaled[T](p, row), projection(p, a)
	square := dot(x, x)
	e := make([]T, p.Rule.Features)
	for i := range e {
		var s T
		for c, y := range w[i*p.HeadDim : (i+1)*p.HeadDim] {
			s += T(y) * x[c]
		}
		e[i] = s - square/2
	}
	return e
}

func favorWeights[T Float](p *attn.Problem, a *attn.Args, r Row, keys []int) rowWeights[T] {
	q, g := exponents[T](p, a, a.Q.Row(r.B, r.H, r.I)), p.KVHead(r.H)
	w, tops := rowWeights[T]{keys: make([]T, len(keys)), top: T(math.Inf(-1))}, make([]T, len(keys))
	for n, j := range keys {
		w.keys[n], tops[n] = sumOfExp(q, exponents[T](p, a, a.K.Row(r.B, g, j)))
		w.top = max(w.top, tops[n]) // NaN where an exponent is
	}
	root, eps := math.Sqrt(float64(p.Rule.Features)), float64(p.Rule.Eps)*float64(p.Rule.Features)
	if eps > 0 {
		w.top = max(w.top, T(math.Log(eps)))
	}
	// The exponents of a first state are relative to its scale, which may be so large that a
	// sum with it would lose them: all others become relative to base, too, where it is the top.
	scale, state, base := T(logScale0(p, a, r.B, g)), T(math.Inf(-1)), T(0)
	if a.State0.Data != nil {
		for i, z := range a.Norm0.Row(r.B, g, 0) {
			if z != 0 {
				state = max(state, q[i]+T(math.Log(math.Abs(float64(z)))))
			}
		}
	}
	top := w.top
	if scale > w.top-state && !math.IsInf(float64(state), -1) {
		w.top, top, base = scale+state, state, scale
	}
	if math.IsInf(float64(w.top), -1) {
		w.top, top = 0, 0 // no key, or none of any weight
	}
	for n := range keys {
		w.keys[n] *= T(math.Exp(float64(tops[n] - base - top)))
		w.sum += w.keys[n]
	}
	if a.State0.Data != nil {
		w.state = make([]T, len(q))
		for i, z := range a.Norm0.Row(r.B, g, 0) {
			if z == 0 && isZero(a.State0.Row(r.B, g, i)) {
				continue // no key had this feature, however large that of the query
			}
			w.state[i] = T(root) * T(math.Exp(float64(q[i]+(scale-base-top))))
			w.sum += w.state[i] * T(z)
		}
	}
	if eps > 0 {
		w.sum += T(math.Exp(math.Log(eps) - float64(base) - float64(top)))
	}
	return w
}

// isZero reports whether all of row are 0.
func isZero(row []float32) bool {
	for _, x := range row {
		if x != 0 {
			return false
		}
	}
	return true
}

// sumOfExp returns the largest x_i + y_i, and Σ_i exp(x_i + y_i) over its exponential.
func sumOfExp[T Float](x, y []T) (sum, top T) {
	top = T(math.Inf(-1))
	for i := range x {
		top = max(top, x[i]+y[i])
	}
	if math.IsInf(float64(top), -1) {
		return 0, top
	}
	for i := range x {
		sum += T(math.Exp(float64(x[i] + y[i] - top)))
	}
	return sum, top
}

// logScale0 is the logarithm of what State0 and Norm0 are to be multiplied by.
func logScale0(p *attn.Problem, a *attn.Args, b, g int) float64 {
	if a.LogScale0 == nil {
		return 0
	}
	return float64(a.LogScale0[b*p.KVHeads+g])
}

// projections are those drawn so far, by features, dim and seed.
var projections sync.Map

// projection is w [M, D] of FAVOR+.
func projection(p *attn.Problem, a *attn.Args) []float32 {
	if a.Projection.Data != nil {
		var w []float32
		for i := range p.Rule.Features {
			w = append(w, a.Projection.Row(0, 0, i)...)
		}
		return w
	}
	key := [3]int{p.Rule.Features, p.HeadDim, p.Rule.Seed}
	if w, ok := projections.Load(key); ok {
		return w.([]float32)
	}
	w := attn.FavorProjection(key[0], key[1], key[2])
	projections.Store(key, w)
	return w
}
