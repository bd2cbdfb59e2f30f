package mask

import "fmt"

// Strided shows to the query at position q the keys of the last Stride positions
// and every Stride-th key before it, and no later key (Child et al. 2019, Sparse
// Transformer, section 4.3; both heads of the pattern in one).
type Strided struct{ Stride int }

// Validate reports a stride below 1.
func (m Strided) Validate() error {
	return checkCounts("strided", count{"stride", m.Stride, 1, maxWindow})
}

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

// Spans implements [Mask]. The keys at multiples of the stride make one span a stride, as
// long as the range of queries; where maxHole allows it the spans are joined.
func (m Strided) Spans(dst []Span, b, h, q0, q1, n int) []Span {
	if q0 >= q1 || q1 <= 0 {
		return dst
	}
	from, first := len(dst), max(q0, 0)
	width, recent := q1-first, min(n, max(0, first-m.Stride))
	lo := first%m.Stride - m.Stride
	if lo+width <= 0 {
		lo += m.Stride
	}
	if m.Stride-width <= maxHole {
		dst = joinSpans(dst, from, Span{max(0, lo), recent, recent-max(0, lo) == 1 && q1-q0 == 1})
	} else {
		for ; max(0, lo) < recent; lo += m.Stride {
			dst = append(dst, Span{max(0, lo), min(lo+width, recent), q1-q0 == 1})
		}
	}
	return m.window().Spans(dst, b, h, q0, q1, n)
}

func (m Strided) window() Window { return Window{Left: m.Stride} }

// Varies implements [Mask].
func (m Strided) Varies() (batch, head bool) { return false, false }

// String implements [Mask].
func (m Strided) String() string { return fmt.Sprintf("strided:%d", m.Stride) }

// IsCausal implements [CausalMask].
func (m Strided) IsCausal() bool { return true }

// Count implements [Counter].
func (m Strided) Count(_, _, q, lo, hi int) (count int, ok bool) {
	from, to := m.window().keys(q)
	return max(0, min(hi, to)-max(lo, from)) + congruent(lo, min(hi, q-m.Stride), q, m.Stride), true
}
