package mask

import "math/bits"

// Mask says which keys a query may see. It is given positions, not row numbers:
// q is QueryStart + i and may be negative, k is a key's index and never is.
// Visible is the definition; Bits and Spans are the bulk forms that kernels use
// and must agree with it for every argument. A Mask is immutable and safe for
// concurrent use.
type Mask interface {
	// Visible reports whether the query at position q sees key k, for batch
	// entry b and query head h.
	Visible(b, h, q, k int) bool
	// Bits returns the visibility of keys k0 .. k0+63: bit i is key k0+i.
	// Bits at or past the last key may have any value.
	Bits(b, h, q, k0 int) uint64
	// Spans appends to dst the sorted, disjoint spans of keys in [0, n) that at
	// least one query at positions [q0, q1) may see. A Full span is seen whole by
	// every query of the range; keys outside all spans are seen by none. A span that
	// is not Full may hold keys that none sees: a tile is cheaper than two.
	Spans(dst []Span, b, h, q0, q1, n int) []Span
	// Varies reports whether the answers depend on the batch entry and on the head.
	Varies() (batch, head bool)
	// String is the text that Parse reads and that records hold.
	String() string
}

// Full is the mask under which every key is visible.
func Full() Mask { return Window{-1, -1} }

// Causal is the mask under which key j is visible when j <= position.
func Causal() Mask { return Window{-1, 0} }

// VisibleIn counts the keys in [0, n) that the query at position q sees.
func VisibleIn(m Mask, b, h, q, n int) int {
	if items(m) <= maxCounted {
		if count, ok := countIn(m, b, h, q, 0, n); ok {
			return count
		}
	}
	count := 0
	var space [8]Span
	for _, r := range m.Spans(space[:0], b, h, q, q+1, n) {
		if r.Full {
			count += r.Hi - r.Lo
			continue
		}
		for k0 := r.Lo; k0 < r.Hi; k0 += 64 {
			word := m.Bits(b, h, q, k0)
			if left := r.Hi - k0; left < 64 {
				word &= 1<<left - 1
			}
			count += bits.OnesCount64(word)
		}
	}
	return count
}
