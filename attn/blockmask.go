package attn

// BlockMask lists, for every block of BlockQ consecutive query rows, the runs of
// keys that the block visits and which of those are partial (some query of the
// block does not see some key of the run). It is the coverage of a Mask at the
// granularity of query blocks and single keys: keys in no run are never loaded.
// It holds a few runs a block for the built-in masks, for those with a period one a
// period at most (see [Strided]), never anything of size Nq·Nk.
type BlockMask struct {
	BlockQ int

	qlen    int
	heads   int // query heads; 1 where the lists do not depend on the head
	batches int // batch entries; 1 where the lists do not depend on the entry
	starts  []int32
	runs    []Run
}

// NewBlockMask builds the coverage of p's mask, clipped to the valid keys.
// p must be valid; blockQ is the number of query rows of a block.
func NewBlockMask(p Problem, blockQ int) *BlockMask {
	mask := p.VisibilityMask()
	perBatch, perHead := mask.Varies()
	m := &BlockMask{BlockQ: blockQ, qlen: p.QLen, heads: 1, batches: 1}
	if perHead {
		m.heads = p.QHeads
	}
	if perBatch || p.QueryStart != nil || p.KVLens != nil {
		m.batches = p.Batch
	}
	m.starts = make([]int32, 0, m.batches*m.heads*m.Blocks()+1)
	// Under most masks the block in the middle holds as many runs as the mean: room for
	// all of them, and for one more each.
	q0 := p.Start(0) + m.Blocks()/2*blockQ
	middle := mask.Runs(nil, 0, 0, q0, q0+min(blockQ, p.QLen-m.Blocks()/2*blockQ), p.Keys(0))
	m.runs = make([]Run, 0, (len(middle)+1)*cap(m.starts))
	for b := range m.batches {
		for h := range m.heads {
			for i := 0; i < p.QLen; i += blockQ {
				m.starts = append(m.starts, int32(len(m.runs)))
				q0 := p.Start(b) + i
				q1 := p.Start(b) + min(i+blockQ, p.QLen)
				m.runs = mask.Runs(m.runs, b, h, q0, q1, p.Keys(b))
			}
		}
	}
	m.starts = append(m.starts, int32(len(m.runs)))
	return m
}

// Blocks is the number of query blocks.
func (m *BlockMask) Blocks() int { return (m.qlen + m.BlockQ - 1) / m.BlockQ }

// Runs returns the sorted runs of keys that a query block visits. The slice
// belongs to the BlockMask.
func (m *BlockMask) Runs(b, h, block int) []Run {
	at := m.index(b, h, block)
	return m.runs[m.starts[at]:m.starts[at+1]]
}

func (m *BlockMask) index(b, h, block int) int {
	if m.batches == 1 {
		b = 0
	}
	if m.heads == 1 {
		h = 0
	}
	return (b*m.heads+h)*m.Blocks() + block
}

// Pairs is the number of (query row, key) pairs that lie in visited runs, over
// all batch entries and query heads of a Problem with the given counts: what a
// variant that follows the lists computes, masked pairs of partial runs included.
func (m *BlockMask) Pairs(batch, heads int) int64 {
	var total int64
	for b := range m.batches {
		for h := range m.heads {
			for block := range m.Blocks() {
				rows := min(m.BlockQ, m.qlen-block*m.BlockQ)
				for _, r := range m.Runs(b, h, block) {
					total += int64(rows) * int64(r.Hi-r.Lo)
				}
			}
		}
	}
	return total * int64(batch/m.batches) * int64(heads/m.heads)
}

// Hull returns a BlockMask whose blocks visit one run of keys without holes,
// from the first visible key to the last. What lay in a hole becomes partial.
func (m *BlockMask) Hull() *BlockMask {
	h := *m
	h.starts, h.runs = make([]int32, 0, len(m.starts)), make([]Run, 0, len(m.runs))
	for i := range len(m.starts) - 1 {
		h.starts = append(h.starts, int32(len(h.runs)))
		for _, r := range m.runs[m.starts[i]:m.starts[i+1]] {
			from := int(h.starts[i])
			if last := len(h.runs) - 1; last >= from {
				h.runs = joinRuns(h.runs, from, Run{Lo: h.runs[last].Hi, Hi: r.Lo})
			}
			h.runs = joinRuns(h.runs, from, r)
		}
	}
	h.starts = append(h.starts, int32(len(h.runs)))
	return &h
}
