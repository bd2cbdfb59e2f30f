package attn

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Sinks shows the first Tokens keys to every query. With a window it is what
// keeps a stream stable (Xiao et al. 2023, StreamingLLM, section 3.2); see [StreamingLLM].
type Sinks struct{ Tokens int }

// Validate reports a count that is none.
func (m Sinks) Validate() error { return checkCounts("sinks", count{"tokens", m.Tokens, 0}) }

// Visible implements [Mask].
func (m Sinks) Visible(_, _, _, k int) bool { return k < m.Tokens }

// Bits implements [Mask].
func (m Sinks) Bits(_, _, _, k0 int) uint64 { return ones(0, m.Tokens-k0) }

// Runs implements [Mask].
func (m Sinks) Runs(dst []Run, _, _, q0, q1, n int) []Run {
	if q0 >= q1 {
		return dst
	}
	return appendRun(dst, 0, min(m.Tokens, n), true)
}

// Varies implements [Mask].
func (m Sinks) Varies() (batch, head bool) { return false, false }

// String implements [Mask].
func (m Sinks) String() string { return fmt.Sprintf("sinks:%d", m.Tokens) }

// Global shows the first Tokens keys to every query, and every key to the queries
// at the first Tokens positions (Beltagy et al. 2020, Longformer, section 3.1).
// Causal still holds where it is And-ed with it.
type Global struct{ Tokens int }

// Validate reports a count that is none.
func (m Global) Validate() error { return checkCounts("global", count{"tokens", m.Tokens, 0}) }

// Visible implements [Mask].
func (m Global) Visible(_, _, q, k int) bool { return k < m.Tokens || q < m.Tokens }

// Bits implements [Mask].
func (m Global) Bits(_, _, q, k0 int) uint64 {
	if q < m.Tokens {
		return ^uint64(0)
	}
	return ones(0, m.Tokens-k0)
}

// Runs implements [Mask].
func (m Global) Runs(dst []Run, _, _, q0, q1, n int) []Run {
	if q0 >= q1 {
		return dst
	}
	if q1 <= m.Tokens {
		return appendRun(dst, 0, n, true)
	}
	dst = appendRun(dst, 0, min(m.Tokens, n), true)
	if q0 < m.Tokens {
		dst = appendRun(dst, min(m.Tokens, n), n, false)
	}
	return dst
}

// Varies implements [Mask].
func (m Global) Varies() (batch, head bool) { return false, false }

// String implements [Mask].
func (m Global) String() string { return fmt.Sprintf("global:%d", m.Tokens) }

// Documents is the block-diagonal mask of sequences packed one behind the other: a
// query sees the keys of its own document, at all positions of it. Past the last
// document nothing is seen. See [NewDocuments].
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

// NewDocumentsAt packs documents by their boundaries, in positions: document i holds
// bounds[i] .. bounds[i+1]-1, and bounds[0] is 0.
func NewDocumentsAt(bounds ...int) (*Documents, error) {
	if len(bounds) < 2 || bounds[0] != 0 {
		return nil, fmt.Errorf("attn: document: bounds are %v: want 0 and the end of each document", bounds)
	}
	m := &Documents{ends: slices.Clone(bounds[1:])}
	if err := m.Validate(); err != nil {
		return nil, fmt.Errorf("attn: %w", err)
	}
	return m, nil
}

// Validate reports a length that is none, and a mask without documents.
func (m *Documents) Validate() error {
	if m == nil {
		return fmt.Errorf("document is nil")
	}
	if len(m.ends) == 0 {
		return fmt.Errorf("document has no lengths: want at least one")
	}
	start := 0
	for i, end := range m.ends {
		if n := end - start; n < 1 || end > maxWindow {
			return fmt.Errorf("document %d has %d tokens and ends at %d: want at least 1, and the end at most %d", i, n, end, maxWindow)
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

// Runs implements [Mask].
func (m *Documents) Runs(dst []Run, _, _, q0, q1, n int) []Run {
	if q0 >= q1 || q1 <= 0 {
		return dst
	}
	from := len(dst)
	first, last := m.at(max(q0, 0)), m.at(q1-1)
	for i := first; i <= min(last, len(m.ends)-1); i++ {
		lo, hi := m.keys(i)
		dst = joinRuns(dst, from, Run{min(lo, n), min(hi, n), first == last && q0 >= 0})
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

// count is a named number of a mask and the least that it may be.
type count struct {
	name         string
	value, least int
}

func checkCounts(mask string, counts ...count) error {
	for _, c := range counts {
		if c.value < c.least || c.value > maxWindow {
			return fmt.Errorf("%s: %s is %d: want %d to %d", mask, c.name, c.value, c.least, maxWindow)
		}
	}
	return nil
}
