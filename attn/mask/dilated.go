package mask

import "fmt"

// Dilated is the sliding window with gaps: the query at position q sees the keys
// q + i·Step for -Left <= i <= Right (Beltagy et al. 2020, Longformer, section 3.1).
type Dilated struct{ Left, Right, Step int }

// Validate reports widths below 0 and a step below 1.
func (m Dilated) Validate() error {
	if m.Step > 0 && (m.Left > maxWindow/m.Step || m.Right > maxWindow/m.Step) {
		return fmt.Errorf("dilated: %d and %d steps of %d reach too far", m.Left, m.Right, m.Step)
	}
	return checkCounts("dilated", count{"left", m.Left, 0, maxWindow}, count{"right", m.Right, 0, maxWindow}, count{"step", m.Step, 1, maxWindow})
}

// window is the pattern with its gaps filled.
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

// Spans implements [Mask]. A range of as many queries as a step leaves gaps at its ends
// only. A shorter range makes a span for every step, joined where maxHole allows it.
func (m Dilated) Spans(dst []Span, b, h, q0, q1, n int) []Span {
	if q0 >= q1 {
		return dst
	}
	from, end := len(dst), q1+m.Right*m.Step
	lo := q0 - m.Left*m.Step
	if lo+q1-q0 <= 0 { // the first step that reaches key 0
		lo += (q0 - q1 - lo + m.Step) / m.Step * m.Step
	}
	if m.Step-(q1-q0) <= maxHole {
		steps := (min(n, end) - 1 - lo) / m.Step
		hi := min(lo+steps*m.Step+q1-q0, n, end)
		return joinSpans(dst, from, Span{max(0, lo), hi, q1-q0 == 1 && hi-max(0, lo) == 1})
	}
	for ; max(0, lo) < min(n, end); lo += m.Step {
		dst = append(dst, Span{max(0, lo), min(lo+q1-q0, n, end), q1-q0 == 1})
	}
	return dst
}

// Varies implements [Mask].
func (m Dilated) Varies() (batch, head bool) { return false, false }

// String implements [Mask].
func (m Dilated) String() string { return fmt.Sprintf("dilated:%d:%d:%d", m.Left, m.Right, m.Step) }

// IsCausal implements [CausalMask].
func (m Dilated) IsCausal() bool { return m.Right == 0 }

// Count implements [Counter].
func (m Dilated) Count(_, _, q, lo, hi int) (count int, ok bool) {
	from, to := m.window().keys(q)
	return congruent(max(lo, from), min(hi, to), q, m.Step), true
}
