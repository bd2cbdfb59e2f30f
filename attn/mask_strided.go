package attn

import "fmt"

// Strided shows to the query at position q the keys of the last Stride positions
// and every Stride-th key before it, and none past it (Child et al. 2019, Sparse
// Transformer, section 4.3; both heads of the pattern in one).
type Strided struct{ Stride int }

// Validate reports a stride that is none.
func (m Strided) Validate() error { return checkCounts("strided", count{"stride", m.Stride, 1}) }

// Visible implements [Mask].
func (m Strided) Visible(_, _, q, k int) bool {
	return k <= q && (q-k <= m.Stride || (q-k)%m.Stride == 0)
}

// Bits implements [Mask].
func (m Strided) Bits(_, _, q, k0 int) uint64 {
	if q < k0 {
		return 0
	}
	return (ones(q-m.Stride-k0, 64) | every(m.Stride)<<((q-k0)%m.Stride)) & ones(0, q+1-k0)
}

// Runs implements [Mask]. The keys at a multiple of the stride make one short run a
// stride, as long as the range of queries, or one long run where they lie near.
func (m Strided) Runs(dst []Run, b, h, q0, q1, n int) []Run {
	if q0 >= q1 || q1 <= 0 {
		return dst
	}
	from, first := len(dst), max(q0, 0)
	width, recent := q1-first, min(n, max(0, first-m.Stride))
	lo := first%m.Stride - m.Stride
	if lo+width <= 0 {
		lo += m.Stride
	}
	if m.Stride-width <= hole {
		dst = joinRuns(dst, from, Run{max(0, lo), recent, recent-max(0, lo) == 1 && q1-q0 == 1})
	} else {
		for ; max(0, lo) < recent; lo += m.Stride {
			dst = append(dst, Run{max(0, lo), min(lo+width, recent), q1-q0 == 1})
		}
	}
	return m.window().Runs(dst, b, h, q0, q1, n)
}

func (m Strided) window() Window { return Window{Left: m.Stride} }

// Varies implements [Mask].
func (m Strided) Varies() (batch, head bool) { return false, false }

// String implements [Mask].
func (m Strided) String() string { return fmt.Sprintf("strided:%d", m.Stride) }

// Fixed shows to a query the keys of its own block of Block positions and the last
// Summary keys of every block, as far as they do not lie past it (Child et al. 2019,
// Sparse Transformer, section 4.3; both heads of the pattern in one).
type Fixed struct{ Block, Summary int }

// Validate reports a block that is none and a summary longer than it.
func (m Fixed) Validate() error {
	if m.Summary > m.Block {
		return fmt.Errorf("fixed: summary is %d: want at most the block, %d", m.Summary, m.Block)
	}
	return checkCounts("fixed", count{"block", m.Block, 1}, count{"summary", m.Summary, 0})
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
	run := ones(0, m.Summary) // from the front of a word: times every(Block), one a block
	left := m.Block - k0%m.Block
	if left < m.Summary {
		return ones(0, left) | every(m.Block)*run<<(left+m.Block-m.Summary)
	}
	return every(m.Block) * run << (left - m.Summary)
}

// Runs implements [Mask]: a short run for every block before that of the queries, or
// one long run where they lie near.
func (m Fixed) Runs(dst []Run, b, h, q0, q1, n int) []Run {
	if q0 >= q1 || q1 <= 0 {
		return dst
	}
	from, own := len(dst), max(q0, 0)/m.Block*m.Block
	switch before := min(own, n); {
	case m.Summary == m.Block:
		dst = joinRuns(dst, from, Run{0, before, q0 >= 0})
	case m.Summary > 0 && m.Block-m.Summary <= hole:
		hi := before / m.Block * m.Block
		if rest := before - hi; rest > m.Block-m.Summary {
			hi = before
		}
		dst = joinRuns(dst, from, Run{m.Block - m.Summary, hi, q0 >= 0 && hi <= m.Block})
	case m.Summary > 0:
		for lo := m.Block - m.Summary; lo < before; lo += m.Block {
			dst = append(dst, Run{lo, min(lo+m.Summary, before), q0 >= 0})
		}
	}
	return refine(dst, from, own, min(q1, n), 0, m, b, h, q0, q1)
}

// Varies implements [Mask].
func (m Fixed) Varies() (batch, head bool) { return false, false }

// String implements [Mask].
func (m Fixed) String() string { return fmt.Sprintf("fixed:%d:%d", m.Block, m.Summary) }

// Dilated is the sliding window with gaps: the query at position q sees the keys
// q + i·Step for -Left <= i <= Right (Beltagy et al. 2020, Longformer, section 3.1).
type Dilated struct{ Left, Right, Step int }

// Validate reports widths below 0 and a step that is none.
func (m Dilated) Validate() error {
	if m.Step > 0 && (m.Left > maxWindow/m.Step || m.Right > maxWindow/m.Step) {
		return fmt.Errorf("dilated: %d and %d steps of %d reach too far", m.Left, m.Right, m.Step)
	}
	return checkCounts("dilated", count{"left", m.Left, 0}, count{"right", m.Right, 0}, count{"step", m.Step, 1})
}

// window is the reach of the pattern, gaps filled.
func (m Dilated) window() Window { return Window{m.Left * m.Step, m.Right * m.Step} }

// Visible implements [Mask].
func (m Dilated) Visible(b, h, q, k int) bool {
	return m.window().Visible(b, h, q, k) && (q-k)%m.Step == 0
}

// Bits implements [Mask].
func (m Dilated) Bits(b, h, q, k0 int) uint64 {
	within := m.window().Bits(b, h, q, k0)
	if within == 0 {
		return 0
	}
	first := (q - k0) % m.Step
	if first < 0 {
		first += m.Step
	}
	return every(m.Step) << first & within
}

// Runs implements [Mask]. Ranges of as many queries as a step leave no gaps but at
// the ends; shorter ones make a run for every step, where these do not lie near.
func (m Dilated) Runs(dst []Run, b, h, q0, q1, n int) []Run {
	if q0 >= q1 {
		return dst
	}
	from, end := len(dst), q1+m.Right*m.Step
	lo := q0 - m.Left*m.Step
	if lo+q1-q0 <= 0 { // the first step that reaches key 0
		lo += (q0 - q1 - lo + m.Step) / m.Step * m.Step
	}
	if m.Step-(q1-q0) <= hole {
		steps := (min(n, end) - 1 - lo) / m.Step
		hi := min(lo+steps*m.Step+q1-q0, n, end)
		return joinRuns(dst, from, Run{max(0, lo), hi, q1-q0 == 1 && hi-max(0, lo) == 1})
	}
	for ; max(0, lo) < min(n, end); lo += m.Step {
		dst = append(dst, Run{max(0, lo), min(lo+q1-q0, n, end), q1-q0 == 1})
	}
	return dst
}

// Varies implements [Mask].
func (m Dilated) Varies() (batch, head bool) { return false, false }

// String implements [Mask].
func (m Dilated) String() string { return fmt.Sprintf("dilated:%d:%d:%d", m.Left, m.Right, m.Step) }

// multiples[step] are the bits of a word at multiples of step.
var multiples = func() (words [64]uint64) {
	for step := 1; step < 64; step++ {
		for k := 0; k < 64; k += step {
			words[step] |= 1 << k
		}
	}
	return words
}()

// every is the word whose bits at multiples of step are set.
func every(step int) uint64 {
	if step < 64 {
		return multiples[step]
	}
	return 1
}
