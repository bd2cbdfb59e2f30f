package oracle

import (
	"math"
	"slices"

	"attnbench/attn"
)

// featureMap is phi of a row, as package attn defines it, of all feature maps but FAVOR+,
// whose features may be out of range: see favor.go.
func featureMap[T Float](p *attn.Problem, row []float32) []T {
	return featuresInto[T](nil, p, row)
}

// featuresInto is featureMap in the memory of phi, where that is enough.
func featuresInto[T Float](phi []T, p *attn.Problem, row []float32) []T {
	switch p.Rule.Feature {
	case attn.Taylor2:
		phi = append(phi[:0], 1)
		x := scaled[T](p, row)
		phi = append(phi, x...)
		for _, y := range x {
			for _, z := range x {
				phi = append(phi, y*z/T(math.Sqrt2))
			}
		}
		return phi
	}
	phi = slices.Grow(phi[:0], len(row))[:len(row)]
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
