package workload

import (
	"slices"

	"attnbench/attn"
	"attnbench/attn/mask"
)

// StateBytes is what a decoder of p must keep of one sequence of p.KVLen tokens and one
// key/value head for the outputs of all later queries. A linear rule keeps S [M, Dv] and its
// normaliser z [M], a recurrent rule S [D, Dv]. A softmax keeps the rows of K and V that
// the mask still shows to a later position; the position with the largest number of these
// rows counts.
func StateBytes(p attn.Problem) int64 {
	switch p.Rule.Kind {
	case attn.Linear:
		return 4 * int64(p.Features()) * int64(p.ValueDim+1)
	case attn.Recurrent:
		return 4 * int64(p.HeadDim) * int64(p.ValueDim)
	}
	return 4 * int64(keptRows(p)) * int64(p.HeadDim+p.ValueDim)
}

// keptRows is the maximum, over all positions t, of the number of keys at or before t
// that some position from t on sees.
func keptRows(p attn.Problem) int {
	last := slices.Repeat([]int{-1}, p.KVLen) // the last position that sees key j
	m := p.VisibilityMask()
	for t := range p.KVLen {
		for _, r := range m.Spans(nil, 0, 0, t, t+1, p.KVLen) {
			for j := r.Lo; j < r.Hi; j++ {
				if r.Full || m.Bits(0, 0, t, j)&1 != 0 {
					last[j] = t
				}
			}
		}
	}
	// Key j is kept at the positions from j to last[j].
	change := make([]int, p.KVLen+1)
	for j, t := range last {
		if t >= j {
			change[j]++
			change[t+1]--
		}
	}
	peak, kept := 0, 0
	for _, c := range change {
		kept += c
		peak = max(peak, kept)
	}
	return peak
}

// ReadBytes is what a decoder of p must read to output one more token of every batch
// entry, the p.KVLen-th. A softmax reads, for every key/value head, the rows of K and V
// that the last query sees; if the query heads of a group see different keys, the
// largest set counts:
//
//	4·Σ_b Σ_g visible(b, g)·(D + Dv)
//
// A linear rule reads S [M, Dv] and its normaliser z [M] of every key/value head,
// 4·B·Hkv·M·(Dv + 1), a recurrent rule S alone. Under a mask that shows all keys so far
// a softmax reads the whole KV cache.
func ReadBytes(p attn.Problem) int64 {
	if p.Rule.Kind != attn.Softmax {
		return StateBytes(p) * int64(p.Batch) * int64(p.KVHeads)
	}
	p.QLen = 1
	m := p.VisibilityMask()
	var rows int64
	for b := range p.Batch {
		seen := make([]int, p.KVHeads)
		for h := range p.QHeads {
			g := p.KVHead(h)
			seen[g] = max(seen[g], mask.VisibleIn(m, b, h, p.Start(b), p.Keys(b)))
		}
		for _, n := range seen {
			rows += int64(n)
		}
	}
	return 4 * rows * int64(p.HeadDim+p.ValueDim)
}
