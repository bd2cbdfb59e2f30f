package tile

import (
	"math"

	"attnbench/attn"
)

// The output is a mean of the visible V, and so never past their range. But it is summed
// with weights up to 1 and divided last: where n·max|V| is past the range of float32, the
// sum may be Inf while the mean is a number. Small weights from the start would not do, as
// small values would vanish under them. So elements that are not finite, once all is
// summed, are summed again with weights small enough for any V, and all others stay as
// they are.

// Shrinkage is the power of two that keeps the sum of n weighted finite values in the
// lower half of float32's range.
func Shrinkage(n int) float32 {
	_, exponent := math.Frexp(float64(n)) // n < 2^exponent
	return float32(math.Ldexp(1, -exponent-1))
}

// Saturated is x in float32. A finite x is at most past float32's range by rounding, and then
// it is the end of that range.
func Saturated(x float64) float32 {
	if x-x == 0 {
		x = max(min(x, math.MaxFloat32), -math.MaxFloat32)
	}
	return float32(x)
}

// Overflowed reports whether the output that Store wrote holds NaN or Inf. Store divides by l,
// which is at least the weight 1 of the maximum, so that it makes none.
func (x *Panel) Overflowed() bool {
	if L := x.Set.Lanes; x.lanes < L {
		return !x.Set.Finite(x.o, L, x.Problem.ValueDim, x.lanes)
	}
	return !x.Set.Finite(x.o, len(x.o), 1, len(x.o))
}

// Shrink makes the weights of every following Softmax small enough for any V.
func (x *Panel) Shrink() { x.shrunk = true }

// ShrinkWeights is Shrink for weights s [keys, L] that Softmax has already made.
func (x *Panel) ShrinkWeights(s []float32, keys int) {
	x.shrunk = true
	x.shrinkWeights(s, keys)
}

func (x *Panel) shrinkWeights(s []float32, keys int) {
	f := Shrinkage(x.Problem.KVLen)
	for i := range s[:keys*x.Set.Lanes] {
		s[i] *= f
	}
}

// StoreOverflowed is Store of the elements of Out that are not finite, from shrunk weights.
// What is not finite now either has NaN or Inf in the visible rows of V, or in its scores.
func (x *Panel) StoreOverflowed(a *attn.Args) {
	for r := range x.rows {
		out := a.Out.Row(x.b, x.h, x.row+r)
		sum := float64(x.l[r]) * float64(Shrinkage(x.Problem.KVLen))
		for c, old := range out {
			if y := x.o[c*x.Set.Lanes+r]; old-old != 0 && y-y == 0 {
				out[c] = Saturated(float64(y) / sum)
			}
		}
	}
}
