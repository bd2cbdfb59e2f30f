package attn

import "attnbench/attn/mask"

// VisiblePairs counts the visible (query row, key) pairs over all batch entries
// and query heads.
func (p Problem) VisiblePairs() int64 {
	m := p.VisibilityMask()
	batch, head := m.Varies()
	batches, heads := 1, 1
	if batch || p.QueryStart != nil || p.KVLens != nil {
		batches = p.Batch
	}
	if head {
		heads = p.QHeads
	}
	var pairs int64
	for b := range batches {
		for h := range heads {
			pairs += mask.VisiblePairs(m, b, h, p.Start(b), p.Start(b)+p.QLen, p.Keys(b))
		}
	}
	return pairs * int64(p.Batch/batches) * int64(p.QHeads/heads)
}

// FLOPs is the useful work, a multiply and an add each counted as one. Softmax:
// 2·(D+Dv) per visible pair and query head. Linear rules: 2·M·Dv per query head and row to
// output it, and as much per kv head and key that some row sees to take the key, which the
// query heads of a kv head share; delta rules once more per key, for what the state outputs
// for it.
func (p Problem) FLOPs() int64 {
	if p.Rule.Kind == Softmax {
		return 2 * int64(p.HeadDim+p.ValueDim) * p.VisiblePairs()
	}
	passes := int64(1)
	if p.Rule.Delta {
		passes = 2
	}
	var rows int64
	for b := range p.Batch {
		rows += int64(p.QHeads)*int64(p.QLen) + passes*int64(p.KVHeads)*int64(p.seenKeys(b))
	}
	return 2 * int64(p.Features()) * int64(p.ValueDim) * rows
}

// seenKeys is the number of keys of batch entry b that some query row sees, under the full
// and the causal mask, which are all that fold into a state; else all keys.
func (p *Problem) seenKeys(b int) int {
	if p.VisibilityMask() == Causal() {
		return max(0, min(p.Keys(b), p.Start(b)+p.QLen))
	}
	return p.Keys(b)
}

// InputBytes is the size of Q, K, V, Bias, Decay and Beta in bytes.
func (p Problem) InputBytes() int64 {
	q := int64(p.Batch) * int64(p.QHeads) * int64(p.QLen) * int64(p.HeadDim)
	kv := int64(p.Batch) * int64(p.KVHeads) * int64(p.KVLen) * int64(p.HeadDim+p.ValueDim)
	bias := int64(p.Bias.Batch) * int64(p.Bias.Heads) * int64(p.QLen) * int64(p.KVLen)
	tokens := int64(p.Batch) * int64(p.KVHeads) * int64(p.KVLen)
	gates := tokens * int64(p.decayShape()[3]+p.betaShape()[3])
	return 4 * (q + kv + bias + gates)
}

// OutputBytes is the size of Out in bytes.
func (p Problem) OutputBytes() int64 {
	return 4 * int64(p.Batch) * int64(p.QHeads) * int64(p.QLen) * int64(p.ValueDim)
}

// MinBytes is the lower bound on memory traffic of any method: it reads every input once
// and writes every output once.
func (p Problem) MinBytes() int64 { return p.InputBytes() + p.OutputBytes() }

// CountsFLOPs is implemented by Plans that know what one Forward executes.
type CountsFLOPs interface {
	// ExecutedFLOPs counts the multiplies and adds of the matrix products that
	// one Forward performs, masked and repeated work included.
	ExecutedFLOPs() int64
}
