// Package mask has the masks of attention: the Mask interface, a file for each pattern,
// And and Or to combine patterns, and what follows from them: lists of spans of keys, the
// BlockMask of all blocks of queries, and the text that Parse reads. A new pattern is one
// file, and one line of patterns in parse.go where flags shall know it; optional.go has
// the optional interfaces of a pattern. The package imports only the standard library.
package mask

// Mask says which keys a query may see. Its methods take positions, not row numbers:
// q is QueryStart + i and may be negative; k is the index of a key and never is.
// Visible is the definition. Bits and Spans are the bulk forms that kernels use, and
// they agree with Visible for every argument. A Mask is immutable and safe for
// concurrent use.
type Mask interface {
	// Visible reports whether the query at position q sees key k, for batch
	// entry b and query head h.
	Visible(b, h, q, k int) bool
	// Bits returns the visibility of keys k0 .. k0+63: bit i is key k0+i.
	// Bits at or past the last key may have any value.
	Bits(b, h, q, k0 int) uint64
	// Spans appends to dst the sorted, disjoint spans of keys in [0, n) that at
	// least one query at positions [q0, q1) may see. Every query of the range sees all
	// keys of a Full span, and no query sees a key outside of the spans. A span that is
	// not Full may hold keys that no query sees, since one tile is cheaper than two.
	Spans(dst []Span, b, h, q0, q1, n int) []Span
	// Varies reports whether visibility depends on the batch entry and on the head.
	Varies() (batch, head bool)
	// String is the text that Parse reads and that records hold.
	String() string
}

// Full is the mask under which every key is visible.
func Full() Mask { return Window{-1, -1} }

// Causal is the mask under which key j is visible when j <= position.
func Causal() Mask { return Window{-1, 0} }
