package attn

import (
	"fmt"
	"slices"
)

// BlockWindow is a window in units of blocks: the queries of one block of Block
// positions see the keys of their own block, of the Left blocks before and of the
// Right ones after it, whole (Zaheer et al. 2020, BigBird, section 2).
type BlockWindow struct{ Block, Left, Right int }

// Validate reports a block that is none and widths below 0.
func (m BlockWindow) Validate() error {
	return checkCounts("blocks", count{"block", m.Block, 1}, count{"left", m.Left, 0}, count{"right", m.Right, 0})
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

// Runs implements [Mask].
func (m BlockWindow) Runs(dst []Run, _, _, q0, q1, n int) []Run {
	if q0 >= q1 {
		return dst
	}
	from := len(dst)
	lo, firstHi := m.keys(q0)
	lastLo, hi := m.keys(q1 - 1)
	lo, firstHi, lastLo, hi = min(lo, n), min(firstHi, n), min(lastLo, n), min(hi, n)
	if lastLo >= firstHi {
		return joinRuns(dst, from, Run{lo, hi, false})
	}
	dst = joinRuns(dst, from, Run{lo, lastLo, false})
	dst = joinRuns(dst, from, Run{lastLo, firstHi, true})
	return joinRuns(dst, from, Run{firstHi, hi, false})
}

// Varies implements [Mask].
func (m BlockWindow) Varies() (batch, head bool) { return false, false }

// String implements [Mask].
func (m BlockWindow) String() string { return fmt.Sprintf("blocks:%d:%d:%d", m.Block, m.Left, m.Right) }

// RandomBlocks shows to the queries of each block of Block positions Count blocks
// of keys, drawn among the blocks of the first Keys keys, for every head others
// (Zaheer et al. 2020, BigBird, section 2). The draw is a function of Seed, head
// and block alone. With fewer blocks than Count all are seen.
type RandomBlocks struct {
	Block, Count, Keys int
	Seed               int
}

// maxRandom bounds Count, so that a draw needs no memory of its own.
const maxRandom = 64

// Validate reports counts that are none or too many.
func (m RandomBlocks) Validate() error {
	if m.Count > maxRandom {
		return fmt.Errorf("random: count is %d: want at most %d", m.Count, maxRandom)
	}
	return checkCounts("random", count{"block", m.Block, 1}, count{"count", m.Count, 0}, count{"keys", m.Keys, 1}, count{"seed", m.Seed, 0})
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
	for state := mix(uint64(m.Seed) + mix(uint64(h)+mix(uint64(i)))); len(drawn) < m.Count; state++ {
		if j := int(mix(state) % uint64(blocks)); !slices.Contains(drawn, j) {
			drawn = append(drawn, j)
		}
	}
	return drawn
}

// mix is the finaliser of SplitMix64 (Steele, Lea and Flood 2014).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
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

// Runs implements [Mask].
func (m RandomBlocks) Runs(dst []Run, _, h, q0, q1, n int) []Run {
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
		dst = joinRuns(dst, from, Run{min(j*m.Block, hi), hi, times == last-first+1})
	}
	return dst
}

// Varies implements [Mask].
func (m RandomBlocks) Varies() (batch, head bool) { return false, true }

// String implements [Mask].
func (m RandomBlocks) String() string {
	return fmt.Sprintf("random:%d:%d:%d:%d", m.Block, m.Count, m.Keys, m.Seed)
}

func floorDiv(x, y int) int {
	if x < 0 {
		return -((-x + y - 1) / y)
	}
	return x / y
}
