package mask

import "math"

// BlockMask lists, for every block of BlockQ consecutive query rows, the spans of keys
// that the block visits, and which of them every query of the block sees whole. Keys in
// no span are never loaded. For the built-in masks a BlockMask holds a few spans a block,
// or at most one a period (see [Strided]), never anything of size Nq·Nk.
type BlockMask struct {
	BlockQ int

	qlen    int
	heads   int // query heads; 1 where the lists do not depend on the head
	batches int // batch entries; 1 where the lists do not depend on the entry
	starts  []int
	spans   []Span
}

// NewBlockMask builds the coverage of a mask over s, clipped to the valid keys.
// blockQ is the number of query rows of a block.
func NewBlockMask(mask Mask, s Shape, blockQ int) *BlockMask {
	m := emptyBlockMask(mask, s, blockQ)
	m.starts = make([]int, 0, m.lists()+1)
	m.spans = make([]Span, 0, m.room(mask, s))
	for b := range m.batches {
		for h := range m.heads {
			for i := 0; i < s.QLen; i += blockQ {
				m.starts = append(m.starts, len(m.spans))
				q0 := s.Start(b) + i
				q1 := s.Start(b) + min(i+blockQ, s.QLen)
				m.spans = mask.Spans(m.spans, b, h, q0, q1, s.Keys(b))
			}
		}
	}
	m.starts = append(m.starts, len(m.spans))
	return m
}

func emptyBlockMask(mask Mask, s Shape, blockQ int) *BlockMask {
	perBatch, perHead := mask.Varies()
	m := &BlockMask{BlockQ: blockQ, qlen: s.QLen, heads: 1, batches: 1}
	if perHead {
		m.heads = s.QHeads
	}
	if perBatch || s.QueryStart != nil || s.KVLens != nil {
		m.batches = s.Batch
	}
	return m
}

// BlockMaskBytes bounds the memory that NewBlockMask takes under most masks: each list counts
// as the longest of those of the first, the middle and the last block of any batch entry.
func BlockMaskBytes(mask Mask, s Shape, blockQ int) int64 {
	m := emptyBlockMask(mask, s, blockQ)
	longest := 0
	for b := range m.batches {
		for _, block := range []int{0, m.Blocks() / 2, m.Blocks() - 1} {
			longest = max(longest, m.count(mask, s, b, block))
		}
	}
	bytes := float64(m.lists()+1) * float64(intBytes+spanBytes*(longest+1))
	if bytes > math.MaxInt64/2 {
		return math.MaxInt64
	}
	return int64(bytes)
}

const (
	intBytes  = 8
	spanBytes = 24
)

// lists is the number of lists of spans.
func (m *BlockMask) lists() int { return m.batches * m.heads * m.Blocks() }

// room is that for all spans: under most masks the block in the middle holds as many spans as
// the mean block of a batch entry, and each block gets room for one more.
func (m *BlockMask) room(mask Mask, s Shape) int {
	room := 1
	for b := range m.batches {
		room += (m.count(mask, s, b, m.Blocks()/2) + 1) * m.Blocks() * m.heads
	}
	return room
}

// count is the number of spans of a block of the first query head.
func (m *BlockMask) count(mask Mask, s Shape, b, block int) int {
	first := block * m.BlockQ
	q0 := s.Start(b) + first
	return len(mask.Spans(nil, b, 0, q0, q0+min(m.BlockQ, s.QLen-first), s.Keys(b)))
}

// Blocks is the number of query blocks.
func (m *BlockMask) Blocks() int { return (m.qlen + m.BlockQ - 1) / m.BlockQ }

// Spans returns the sorted spans of keys that a query block visits. The slice
// belongs to the BlockMask.
func (m *BlockMask) Spans(b, h, block int) []Span {
	at := m.index(b, h, block)
	return m.spans[m.starts[at]:m.starts[at+1]]
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

// Pairs is the number of (query row, key) pairs that lie in visited spans, over
// all batch entries and query heads of a Problem with the given counts: what a
// variant that follows the lists computes, masked pairs included.
func (m *BlockMask) Pairs(batch, heads int) int64 {
	var total int64
	for b := range m.batches {
		for h := range m.heads {
			for block := range m.Blocks() {
				rows := min(m.BlockQ, m.qlen-block*m.BlockQ)
				for _, r := range m.Spans(b, h, block) {
					total += int64(rows) * int64(r.Hi-r.Lo)
				}
			}
		}
	}
	return total * int64(batch/m.batches) * int64(heads/m.heads)
}

// Hull returns a BlockMask whose blocks visit one span of keys without holes,
// from the first visible key to the last. A span that holds a hole is not full.
func (m *BlockMask) Hull() *BlockMask {
	h := *m
	h.starts, h.spans = make([]int, 0, len(m.starts)), make([]Span, 0, len(m.spans))
	for i := range len(m.starts) - 1 {
		h.starts = append(h.starts, len(h.spans))
		for _, r := range m.spans[m.starts[i]:m.starts[i+1]] {
			from := h.starts[i]
			if last := len(h.spans) - 1; last >= from {
				h.spans = joinSpans(h.spans, from, Span{Lo: h.spans[last].Hi, Hi: r.Lo})
			}
			h.spans = joinSpans(h.spans, from, r)
		}
	}
	h.starts = append(h.starts, len(h.spans))
	return &h
}
