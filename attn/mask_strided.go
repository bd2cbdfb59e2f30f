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
	word := ones(q-m.Stride-k0, q+1-k0)
	for k := (q - k0) % m.Stride; k < min(64, q+1-k0); k += m.Stride {
		word |= 1 << k
	}
	return word
}

// Runs implements [Mask]. The keys at a multiple of the stride make one short run a
// stride, as long as the range of queries.
func (m Strided) Runs(dst []Run, b, h, q0, q1, n int) []Run {
	if q0 >= q1 || q1 <= 0 {
		return dst
	}
	from, first := len(dst), max(q0, 0)
	width, recent := q1-first, min(n, max(0, first-m.Stride))
	if width >= m.Stride {
		dst = joinRuns(dst, from, Run{0, recent, false})
	} else {
		for lo := first%m.Stride - m.Stride; lo < recent; lo += m.Stride {
			dst = joinRuns(dst, from, Run{max(0, lo), max(0, min(lo+width, recent)), q1-q0 == 1})
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
	word := ones(q/m.Block*m.Block-k0, 64)
	for end := (k0/m.Block+1)*m.Block - k0; end-m.Summary < 64; end += m.Block {
		word |= ones(end-m.Summary, end)
	}
	return word & ones(0, q+1-k0)
}

// Runs implements [Mask]: a short run for every block before that of the queries.
func (m Fixed) Runs(dst []Run, b, h, q0, q1, n int) []Run {
	if q0 >= q1 || q1 <= 0 {
		return dst
	}
	from, own := len(dst), max(q0, 0)/m.Block*m.Block
	for end := m.Block; end <= min(own, n+m.Summary); end += m.Block {
		dst = joinRuns(dst, from, Run{min(end-m.Summary, n), min(end, n), q0 >= 0})
	}
	return refine(dst, from, own, min(q1, n), m, b, h, q0, q1)
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
	var word uint64
	first := (q - k0) % m.Step
	if first < 0 {
		first += m.Step
	}
	for k := first; k < 64; k += m.Step {
		word |= 1 << k
	}
	return word & within
}

// Runs implements [Mask]. Ranges of as many queries as a step leave no gaps but at
// the ends; shorter ones make a run for every step.
func (m Dilated) Runs(dst []Run, b, h, q0, q1, n int) []Run {
	if q0 >= q1 {
		return dst
	}
	from := len(dst)
	for lo := q0 - m.Left*m.Step; lo < min(n, q1+m.Right*m.Step); lo += m.Step {
		if hi := min(lo+q1-q0, n, q1+m.Right*m.Step); hi > 0 {
			if last := len(dst) - 1; last >= from && dst[last].Hi >= lo {
				dst[last].Hi = max(dst[last].Hi, hi)
			} else {
				dst = append(dst, Run{max(0, lo), hi, q1-q0 == 1})
			}
		}
	}
	return dst
}

// Varies implements [Mask].
func (m Dilated) Varies() (batch, head bool) { return false, false }

// String implements [Mask].
func (m Dilated) String() string { return fmt.Sprintf("dilated:%d:%d:%d", m.Left, m.Right, m.Step) }
