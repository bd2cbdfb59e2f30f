package tile

import (
	"math"

	"attnbench/internal/kernel"
)

// Visibility fills vis with what the panel's lanes see of keys k0 .. k0+keys-1. Lanes past
// the last row see nothing. A window needs no question for each row.
func (x *Panel) Visibility(vis kernel.Visibility, k0, keys int) {
	if x.bounded != nil {
		left, right := x.bounded.Bounds()
		vis.SetWindow(x.rows, keys, k0-x.position, left, right)
		return
	}
	var queries [32]uint64
	within := ^uint64(0) >> (kernel.Block - keys)
	for r := range x.rows {
		queries[r] = x.mask.Bits(x.b, x.h, x.position+r, k0) & within
	}
	vis.Set(&queries)
}

// hideByBias clears the bits of vis where the bias is -Inf.
func (x *Panel) hideByBias(vis kernel.Visibility, k0, keys int) {
	x.loadBias(k0, keys)
	for j := range keys {
		for r, b := range x.bias[j*x.Set.Lanes:][:x.rows] {
			if math.IsInf(float64(b), -1) {
				vis[j] &^= 1 << r
			}
		}
	}
}

// finiteValues reports whether V holds neither NaN nor Inf in the given keys.
func (x *Panel) finiteValues(k0, keys int) bool {
	return x.Set.Finite(x.v.From(x.b, x.g, k0), x.v.Stride[2], keys, x.Problem.ValueDim)
}
