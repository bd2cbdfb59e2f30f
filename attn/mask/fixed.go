package mask

import "fmt"

// Fixed shows to a query the keys of its own block of Block positions and the last
// Summary keys of every block, but no key past the query (Child et al. 2019, Sparse
// Transformer, section 4.3; both heads of the pattern in one).
type Fixed struct{ Block, Summary int }

// Validate reports a block below 1 and a summary longer than the block.
func (m Fixed) Validate() error {
	if m.Summary > m.Block {
		return fmt.Errorf("fixed: summary is %d: want at most the block, %d", m.Summary, m.Block)
	}
	return checkCounts("fixed", count{"block", m.Block, 1, maxWindow}, count{"summary", m.Summary, 0, maxWindow})
}

// Visible implements [Mask].
func (m Fixed) Visible(_, _, q, k int) bool {
	return k <= q && (q/m.Block == k/m.Block || k%m.Block >= m.Block-m.Summary)
}

// Bits implements [Mask].
func (m Fixed) Bits(_, _, q, k0 int) uint64 {
	if q < k0 {
		return 0
	}
	return (ones(q/m.Block*m.Block-k0, 64) | m.summaries(k0)) & ones(0, q+1-k0)
}

// summaries are the keys k0 .. k0+63 that lie among the last of their blocks.
func (m Fixed) summaries(k0 int) uint64 {
	span := ones(0, m.Summary) // from the front of a word: times every(Block), one a block
	left := m.Block - k0%m.Block
	if left < m.Summary {
		return ones(0, left) | every(m.Block)*span<<(left+m.Block-m.Summary)
	}
	return every(m.Block) * span << (left - m.Summary)
}

// Spans implements [Mask]: a short span for every block before that of the queries,
// joined where maxHole allows it.
func (m Fixed) Spans(dst []Span, b, h, q0, q1, n int) []Span {
	if q0 >= q1 || q1 <= 0 {
		return dst
	}
	from, own := len(dst), max(q0, 0)/m.Block*m.Block
	switch before := min(own, n); {
	case m.Summary == m.Block:
		dst = joinSpans(dst, from, Span{0, before, q0 >= 0})
	case m.Summary > 0 && m.Block-m.Summary <= maxHole:
		hi := before / m.Block * m.Block
		if rest := before - hi; rest > m.Block-m.Summary {
			hi = before
		}
		dst = joinSpans(dst, from, Span{m.Block - m.Summary, hi, q0 >= 0 && hi <= m.Block})
	case m.Summary > 0:
		for lo := m.Block - m.Summary; lo < before; lo += m.Block {
			dst = append(dst, Span{lo, min(lo+m.Summary, before), q0 >= 0})
		}
	}
	return refine(dst, from, own, min(q1, n), 0, m, b, h, q0, q1)
}

// Varies implements [Mask].
func (m Fixed) Varies() (batch, head bool) { return false, false }

// String implements [Mask].
func (m Fixed) String() string { return fmt.Sprintf("fixed:%d:%d", m.Block, m.Summary) }

// summariesBelow counts the keys under k that lie among the last of their blocks.
func (m Fixed) summariesBelow(k int) int {
	return k/m.Block*m.Summary + max(0, k%m.Block-(m.Block-m.Summary))
}

// IsCausal implements [CausalMask].
func (m Fixed) IsCausal() bool { return true }

// Count implements [Counter].
func (m Fixed) Count(_, _, q, lo, hi int) (count int, ok bool) {
	own := max(q, 0) / m.Block * m.Block
	count = max(0, min(hi, q+1)-max(lo, own))
	before := max(lo, min(hi, own, q+1))
	return count + m.summariesBelow(before) - m.summariesBelow(lo), true
}
