package mask

import (
	"fmt"
	"slices"
)

// RandomBlocks shows to the queries of each block of Block positions Count blocks of keys,
// which every head draws for itself among the blocks of the first Keys keys (Zaheer et al.
// 2020, BigBird, section 2). The draw is a function of Seed, head and block alone. Where
// there are fewer blocks than Count a query sees all of them.
type RandomBlocks struct {
	Block, Count, Keys int
	Seed               int
}

// maxRandom bounds Count, so that a draw needs no memory of its own.
const maxRandom = 64

// Validate reports counts below or above their bounds.
func (m RandomBlocks) Validate() error {
	return checkCounts("random", count{"block", m.Block, 1, maxWindow}, count{"count", m.Count, 0, maxRandom},
		count{"keys", m.Keys, 1, maxWindow}, count{"seed", m.Seed, 0, maxWindow})
}

// draw appends the blocks that query block i of head h sees, in no order.
func (m RandomBlocks) draw(drawn []int, h, i int) []int {
	blocks := (m.Keys + m.Block - 1) / m.Block
	if blocks <= m.Count {
		for j := range blocks {
			drawn = append(drawn, j)
		}
		return drawn
	}
	for state := Mix(uint64(m.Seed) + Mix(uint64(h)+Mix(uint64(i)))); len(drawn) < m.Count; state++ {
		if j := int(Mix(state) % uint64(blocks)); !slices.Contains(drawn, j) {
			drawn = append(drawn, j)
		}
	}
	return drawn
}

// Visible implements [Mask].
func (m RandomBlocks) Visible(_, h, q, k int) bool {
	var space [maxRandom]int
	return k < m.Keys && slices.Contains(m.draw(space[:0], h, floorDiv(q, m.Block)), k/m.Block)
}

// Bits implements [Mask].
func (m RandomBlocks) Bits(_, h, q, k0 int) uint64 {
	var space [maxRandom]int
	var word uint64
	for _, j := range m.draw(space[:0], h, floorDiv(q, m.Block)) {
		word |= ones(j*m.Block-k0, (j+1)*m.Block-k0)
	}
	return word & ones(0, m.Keys-k0)
}

// Spans implements [Mask].
func (m RandomBlocks) Spans(dst []Span, _, h, q0, q1, n int) []Span {
	if q0 >= q1 {
		return dst
	}
	var space [maxRandom]int
	var seen []int // block numbers, once for every query block that sees them
	first, last := floorDiv(q0, m.Block), floorDiv(q1-1, m.Block)
	for i := first; i <= last; i++ {
		seen = append(seen, m.draw(space[:0], h, i)...)
	}
	slices.Sort(seen)
	from := len(dst)
	for at := 0; at < len(seen); {
		j, times := seen[at], 0
		for ; at < len(seen) && seen[at] == j; at++ {
			times++
		}
		hi := min((j+1)*m.Block, m.Keys, n)
		dst = joinSpans(dst, from, Span{min(j*m.Block, hi), hi, times == last-first+1})
	}
	return dst
}

// Varies implements [Mask].
func (m RandomBlocks) Varies() (batch, head bool) { return false, true }

// String implements [Mask].
func (m RandomBlocks) String() string {
	return fmt.Sprintf("random:%d:%d:%d:%d", m.Block, m.Count, m.Keys, m.Seed)
}

// IsCausal implements [CausalMask].
func (m RandomBlocks) IsCausal() bool { return m.Count == 0 }
