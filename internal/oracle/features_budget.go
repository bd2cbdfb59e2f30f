package oracle

import (
	"math"
	"slices"

	"attnbench/attn"
)

// phi are the features of a row and what they round by, relative to themselves.
type phi struct {
	value     []float64 // of FAVOR+ over the largest
	exponents []float64 // of FAVOR+
	top       float64   // of FAVOR+, the largest exponent
	size      []rounding
}

// phiOf returns the features of a row. In units of u they round by:
//
//   - elu+1: the sum, 1; the exponential;
//   - relu: nothing;
//   - taylor2: the root of the scale and its product, 2 for each factor of x', and the
//     product, 1/√2 and that product, 3;
//   - FAVOR+: what the exponent w·x' - |x'|²/2 rounds by, and the exponential: D roundings of
//     each sum at its partial sums, products that are not fused, the root of the scale, folded
//     into w or not, and 5 at what is multiplied by it and subtracted. Terms that are alike round
//     alike (see likeness): squares of equal x', their products with the root, and products with
//     a projection that is given; one that is drawn has no two rows or dims that are alike.
func phiOf(p *attn.Problem, a *attn.Args, row []float32, query bool, l *likeness) phi {
	if p.Rule.Feature == attn.Favor {
		return favorPhi(p, a, row, query, l)
	}
	return phi{}.of(p, row)
}

// of is phiOf in the memory of f, of all feature maps but FAVOR+.
func (f phi) of(p *attn.Problem, row []float32) phi {
	f.value = featuresInto(f.value, p, row)
	f.size = slices.Grow(f.size[:0], len(f.value))[:len(f.value)]
	clear(f.size)
	for i := range f.value {
		switch e := &f.size[i]; {
		case p.Rule.Feature == attn.EluPlus1 && row[i] > 0:
			e.at(1, 1)
		case p.Rule.Feature == attn.EluPlus1:
			e.common = exponential
		case p.Rule.Feature == attn.Taylor2 && i > len(row):
			e.common = 7
		case p.Rule.Feature == attn.Taylor2 && i > 0:
			e.common = 2
		}
	}
	return f
}

// largest is the larger of x and the magnitudes of the features.
func (f phi) largest(x float64) float64 {
	for _, y := range f.value {
		x = max(x, math.Abs(y))
	}
	return x
}

// favorPhi is phiOf under FAVOR+. What all features of a query round alike cancels.
func favorPhi(p *attn.Problem, a *attn.Args, row []float32, query bool, l *likeness) phi {
	f := phi{exponents: exponents[float64](p, a, row), top: math.Inf(-1)}
	f.value, f.size = make([]float64, len(f.exponents)), make([]rounding, len(f.exponents))
	x, w := scaled[float64](p, row), projection(p, a)
	square, d, shared := dot(x, x), len(row), sharing(row)
	products := make([]float64, d)
	for c, y := range x {
		products[c] = y * y
	}
	alikeSquares, given := l.of(products, square), a.Projection.Data != nil
	for _, e := range f.exponents {
		f.top = max(f.top, e)
	}
	for i, exponent := range f.exponents {
		f.value[i] = math.Exp(exponent - f.top)
		var plus, minus, squares, folded float64
		for c, y := range x {
			product := float64(w[i*d+c]) * y
			products[c] = product
			if product > 0 {
				plus += product
			} else {
				minus -= product
			}
			squares += product * product
			folded += shared[c] * product * product
		}
		alike := 1.0
		if given {
			alike = l.of(products, max(plus, minus))
		}
		e := rounding{worst: plus + minus, square: squares * alike}
		e.alike(d, alike, max(plus, minus))
		e.at(2, plus-minus)
		e.at(2, exponent)
		e.at(1, exponent-f.top)
		e.common = math.Abs(plus-minus) + min(plus+minus, lambda*math.Sqrt(folded))
		if !query {
			e.alike(d+2, alikeSquares, square/2)
			e.common += square
		}
		f.size[i] = e.exp()
	}
	return f
}

// terms fills f with the shares of each feature in the weight of a key, which sum to 1 where
// all features are positive, and returns the sum of their magnitudes.
func (q phi) terms(f []float64, k phi) (magnitude float64) {
	sum, size := 0.0, 0.0
	for i, x := range q.value {
		f[i] = x * k.value[i]
		sum, size = sum+f[i], size+math.Abs(f[i])
	}
	if q.exponents != nil && !(size > 1e-290) { // the largest features are far apart
		top := math.Inf(-1)
		for i, x := range q.exponents {
			top = max(top, x+k.exponents[i])
		}
		sum, size = 0, 0
		for i, x := range q.exponents {
			f[i] = math.Exp(x + k.exponents[i] - top)
			sum, size = sum+f[i], size+f[i]
		}
	}
	for i := range f {
		f[i] /= sum
	}
	return size / math.Abs(sum)
}
