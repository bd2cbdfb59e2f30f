package mask

import "fmt"

// Predicate is a mask of the caller's own, by its definition alone: visible says
// whether the query at position q sees key k, and must be a pure function. None of its
// spans is Full, so that kernels ask about every pair that an And does not hide. Texts
// hold name, and Parse does not read them.
func Predicate(name string, visible func(b, h, q, k int) bool) Mask {
	return &predicate{name, visible}
}

type predicate struct {
	name    string
	visible func(b, h, q, k int) bool
}

// Validate implements [Validator].
func (m *predicate) Validate() error {
	if m.visible == nil {
		return fmt.Errorf("predicate %q has no function", m.name)
	}
	return nil
}

// Visible implements [Mask].
func (m *predicate) Visible(b, h, q, k int) bool { return m.visible(b, h, q, k) }

// Bits implements [Mask].
func (m *predicate) Bits(b, h, q, k0 int) uint64 {
	var word uint64
	for i := range 64 {
		if m.visible(b, h, q, k0+i) {
			word |= 1 << i
		}
	}
	return word
}

// Spans implements [Mask]: one span of all keys.
func (m *predicate) Spans(dst []Span, _, _, q0, q1, n int) []Span {
	if q0 >= q1 {
		return dst
	}
	return appendSpan(dst, 0, n, false)
}

// IsLazy implements [LazyMask].
func (m *predicate) IsLazy() bool { return true }

// Varies implements [Mask].
func (m *predicate) Varies() (batch, head bool) { return true, true }

// String implements [Mask].
func (m *predicate) String() string { return "predicate[" + m.name + "]" }
