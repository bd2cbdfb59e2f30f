package naive

import (
	"attnbench/attn"
	"attnbench/attn/mask"
	"attnbench/internal/kernel"
	"attnbench/internal/par"
	"attnbench/internal/tile"
)

// pv sums the rows of V by their weights s [keys, L], every pair. Only a V that is not
// finite needs the masked product, where mask or bias hides a key.
func (x *plan) pv(q *tile.Panel, masked *tile.MaskedTile, s []float32, keys int, spans []mask.Span, finite bool) {
	q.Clear()
	biased := x.shared.Problem.Bias != attn.BiasShape{}
	for k0 := 0; k0 < keys; k0 += kernel.Block {
		block := s[k0*x.shared.Set.Lanes:]
		n := min(kernel.Block, keys-k0)
		if finite || !biased && isFull(spans, k0, k0+n) {
			q.Accumulate(block, k0, n, kernel.Prefetch{})
			continue
		}
		q.AccumulateMasked(masked, block, k0, n)
	}
}

// finite reports whether the values of a head hold neither NaN nor Inf.
func (x *plan) finite(v attn.Tensor, b, g, keys int) bool {
	for k0 := 0; k0 < keys; k0 += kernel.Block {
		if !x.shared.Set.Finite(v.From(b, g, k0), v.Stride[2], min(kernel.Block, keys-k0), x.shared.Problem.ValueDim) {
			return false
		}
		par.PreemptionPoint()
	}
	return true
}
