// Package variants lists the module's attention variants.
package variants

import (
	"attnbench/attn"
	"attnbench/variants/flash"
	"attnbench/variants/linear"
	"attnbench/variants/naive"
	"attnbench/variants/naive/gonum"
	"attnbench/variants/sparse"
)

// All returns every variant, the four that a sweep runs by default first.
// Nothing registers itself: this list is all there is.
func All() []attn.Variant {
	return []attn.Variant{
		naive.New(),
		flash.New(),
		sparse.New(),
		linear.New(),
		gonum.New(),
		linear.NewChunked(),
		linear.NewRecurrent(),
		sparse.NewTopK(),
	}
}
