package naive

import (
	"attnbench/attn/mask"
	"attnbench/internal/kernel"
	"attnbench/internal/tile"
)

// scores fills s [keys, L], every pair, and overwrites the invisible ones.
func (x *plan) scores(q *tile.Panel, masked *tile.MaskedTile, s []float32, keys int, spans []mask.Span) {
	L := x.shared.Set.Lanes
	for k0 := 0; k0 < keys; k0 += kernel.Block {
		block := s[k0*L:]
		n := min(kernel.Block, keys-k0)
		q.Scores(block, k0, n, kernel.Prefetch{})
		if !isFull(spans, k0, k0+n) {
			q.Hide(masked, block, k0, n)
		}
	}
}

// isFull reports whether every row of a panel sees the keys lo .. hi-1.
func isFull(spans []mask.Span, lo, hi int) bool {
	for _, r := range spans {
		if r.Full && r.Lo <= lo && hi <= r.Hi {
			return true
		}
	}
	return false
}
