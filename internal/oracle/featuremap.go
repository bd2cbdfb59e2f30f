package oracle

import (
	"math"
	"sync"

	"attnbench/attn"
)

// featureMap is phi of a row, as package attn defines it.
func featureMap[T Float](p *attn.Problem, a *attn.Args, row []float32) []T {
	switch p.Rule.Feature {
	case attn.Favor:
		return favor[T](p, a, row)
	case attn.Taylor2:
		phi := []T{1}
		x := scaled[T](p, row)
		phi = append(phi, x...)
		for _, y := range x {
			for _, z := range x {
				phi = append(phi, y*z/T(math.Sqrt2))
			}
		}
		return phi
	}
	phi := make([]T, len(row))
	for c, x := range row {
		switch {
		case p.Rule.Feature == attn.ReLU:
			phi[c] = max(T(x), 0)
		case x > 0:
			phi[c] = T(x) + 1
		default:
			phi[c] = T(math.Exp(float64(x)))
		}
	}
	return phi
}

// scaled is the row times the square root of the scale.
func scaled[T Float](p *attn.Problem, row []float32) []T {
	x, root := make([]T, len(row)), T(math.Sqrt(p.Scale.Value(p.HeadDim)))
	for c, y := range row {
		x[c] = T(y) * root
	}
	return x
}

// favor is FAVOR+ (Choromanski et al. 2021, equation 5): exp(w·x - |x|²/2)/√M.
func favor[T Float](p *attn.Problem, a *attn.Args, row []float32) []T {
	x, w := scaled[T](p, row), projection(p, a)
	square := dot(x, x)
	phi := make([]T, p.Rule.Features)
	for i := range phi {
		var s T
		for c, y := range x {
			s += T(w[i*p.HeadDim+c]) * y
		}
		phi[i] = T(math.Exp(float64(s-square/2))) / T(math.Sqrt(float64(p.Rule.Features)))
	}
	return phi
}

// projections are the projections drawn so far, by features, dim and seed.
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
