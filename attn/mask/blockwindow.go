package mask

import "fmt"

// BlockWindow is a window in units of blocks: the queries of one block of Block
// positions see whole their own block, the Left blocks before and the Right blocks
// after it (Zaheer et al. 2020, BigBird, section 2).
type BlockWindow struct{ Block, Left, Right int }

// Validate reports a block below 1 and widths below 0.
func (m BlockWindow) Validate() error {
	return checkCounts("blocks", count{"block", m.Block, 1, maxWindow}, count{"left", m.Left, 0, maxWindow}, count{"right", m.Right, 0, maxWindow})
}

// keys is the range that the query at position q sees.
func (m BlockWindow) keys(q int) (lo, hi int) {
	i := floorDiv(q, m.Block)
	return max(0, (i-m.Left)*m.Block), max(0, (i+m.Right+1)*m.Block)
}

// Visible implements [Mask].
func (m BlockWindow) Visible(_, _, q, k int) bool {
	lo, hi := m.keys(q)
	return lo <= k && k < hi
}

// Bits implements [Mask].
func (m BlockWindow) Bits(_, _, q, k0 int) uint64 {
	lo, hi := m.keys(q)
	return ones(lo-k0, hi-k0)
}

// Spans implements [Mask].
func (m BlockWindow) Spans(dst []Span, _, _, q0, q1, n int) []Span {
	if q0 >= q1 {
		return dst
	}
	lo, firstHi := m.keys(q0)
	lastLo, hi := m.keys(q1 - 1)
	return slidingSpans(dst, lo, firstHi, lastLo, hi, n)
}

// Varies implements [Mask].
func (m BlockWindow) Varies() (batch, head bool) { return false, false }

// String implements [Mask].
func (m BlockWindow) String() string { return fmt.Sprintf("blocks:%d:%d:%d", m.Block, m.Left, m.Right) }

// IsCausal implements [CausalMask].
func (m BlockWindow) IsCausal() bool { return m.Block == 1 && m.Right == 0 }

// Range implements [Ranger].
func (m BlockWindow) Range(_, _, q int) (lo, hi int, ok bool) {
	lo, hi = m.keys(q)
	return lo, hi, true
}
