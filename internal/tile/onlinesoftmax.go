package tile

import (
	"math"

	"attnbench/internal/kernel"
)

// start begins the online softmax with m and l of the sink logit, or with -Inf and 0.
func (x *Panel) start() {
	m, l := x.modifiers.Sink(x.h)
	for r := range x.m {
		x.m[r], x.l[r] = m, l
	}
	x.fresh = true
}

// Softmax takes s [keys, L] into the running maximum and sum. It replaces the scores by
// weights, and sets alpha to the factor of everything summed before.
func (x *Panel) Softmax(s []float32, keys int) {
	x.Set.Softmax(s, x.m, x.l, x.alpha, keys)
	if x.shrunk {
		x.shrinkWeights(s, keys)
	}
}

// Accumulate rescales the output by the alpha of the last Softmax and adds the weighted
// rows of V.
func (x *Panel) Accumulate(s []float32, k0, keys int, prefetch kernel.Prefetch) {
	alpha := x.alpha
	if x.fresh {
		alpha, x.fresh = nil, false
	}
	x.Set.PV(x.o, alpha, s, x.v.From(x.b, x.g, k0), x.v.Stride[2], keys, x.Problem.ValueDim, x.lanes, prefetch)
}

// inverseSums overwrites alpha with 1/l, or 0 for a row that saw nothing.
func (x *Panel) inverseSums() []float32 {
	for r, l := range x.l {
		x.alpha[r] = 0
		if l != 0 {
			x.alpha[r] = 1 / l
		}
	}
	return x.alpha
}

// LSE is the logarithm of l·e^m.
func LSE(m, l float32) float32 {
	return float32(float64(m) + math.Log(float64(l)))
}
