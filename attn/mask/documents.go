package mask

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Documents is the block-diagonal mask of sequences packed one behind the other: a query
// sees every key of its own document. A query past the last document sees nothing. See
// [NewDocuments].
type Documents struct{ ends []int }

// NewDocuments packs documents of the given lengths, in tokens.
func NewDocuments(lengths ...int) *Documents {
	m := &Documents{}
	end := 0
	for _, n := range lengths {
		end += n
		m.ends = append(m.ends, end)
	}
	return m
}

// Validate reports a length below 1, lengths whose sum is too large, and a mask without
// documents.
func (m *Documents) Validate() error {
	if len(m.ends) == 0 {
		return fmt.Errorf("document has no lengths: want at least one")
	}
	start := 0
	for i, end := range m.ends {
		if end <= start || end > maxWindow { // a sum that overflows is below start
			return fmt.Errorf("document %d has %d tokens after %d: want at least 1, and the end at most %d", i, end-start, start, maxWindow)
		}
		start = end
	}
	return nil
}

// at is the number of the document that holds a position, len(ends) past the last.
func (m *Documents) at(position int) int {
	i, found := slices.BinarySearch(m.ends, position)
	if found {
		i++
	}
	return i
}

// keys is the range of document i.
func (m *Documents) keys(i int) (lo, hi int) {
	if i > 0 {
		lo = m.ends[i-1]
	}
	return lo, m.ends[i]
}

// Visible implements [Mask].
func (m *Documents) Visible(_, _, q, k int) bool {
	if q < 0 {
		return false
	}
	i := m.at(q)
	return i < len(m.ends) && m.at(k) == i
}

// Bits implements [Mask].
func (m *Documents) Bits(_, _, q, k0 int) uint64 {
	if q < 0 {
		return 0
	}
	i := m.at(q)
	if i == len(m.ends) {
		return 0
	}
	lo, hi := m.keys(i)
	return ones(lo-k0, hi-k0)
}

// Spans implements [Mask].
func (m *Documents) Spans(dst []Span, _, _, q0, q1, n int) []Span {
	if q0 >= q1 || q1 <= 0 {
		return dst
	}
	from := len(dst)
	first, last := m.at(max(q0, 0)), m.at(q1-1)
	for i := first; i <= min(last, len(m.ends)-1); i++ {
		lo, hi := m.keys(i)
		dst = joinSpans(dst, from, Span{min(lo, n), min(hi, n), first == last && q0 >= 0})
	}
	return dst
}

// Varies implements [Mask].
func (m *Documents) Varies() (batch, head bool) { return false, false }

// String implements [Mask].
func (m *Documents) String() string {
	var s strings.Builder
	s.WriteString("document")
	start := 0
	for _, end := range m.ends {
		s.WriteString(":" + strconv.Itoa(end-start))
		start = end
	}
	return s.String()
}

// Range implements [Ranger].
func (m *Documents) Range(_, _, q int) (lo, hi int, ok bool) {
	if i := m.at(q); q >= 0 && i < len(m.ends) {
		lo, hi = m.keys(i)
	}
	return lo, hi, true
}
