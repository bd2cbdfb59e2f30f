package mask

import "fmt"

// Sinks shows the first Tokens keys to every query. With a window, Sinks
// keeps a stream stable (Xiao et al. 2023, StreamingLLM, section 3.2); see [StreamingLLM].
type Sinks struct{ Tokens int }

// Validate reports a count below 0.
func (m Sinks) Validate() error { return checkCounts("sinks", count{"tokens", m.Tokens, 0, maxWindow}) }

// Visible implements [Mask].
func (m Sinks) Visible(_, _, _, k int) bool { return k < m.Tokens }

// Bits implements [Mask].
func (m Sinks) Bits(_, _, _, k0 int) uint64 { return ones(0, m.Tokens-k0) }

// Spans implements [Mask].
func (m Sinks) Spans(dst []Span, _, _, q0, q1, n int) []Span {
	if q0 >= q1 {
		return dst
	}
	return appendSpan(dst, 0, min(m.Tokens, n), true)
}

// Varies implements [Mask].
func (m Sinks) Varies() (batch, head bool) { return false, false }

// String implements [Mask].
func (m Sinks) String() string { return fmt.Sprintf("sinks:%d", m.Tokens) }

// IsCausal implements [CausalMask].
func (m Sinks) IsCausal() bool { return m.Tokens <= 1 }

// Range implements [Ranger].
func (m Sinks) Range(_, _, _ int) (lo, hi int, ok bool) { return 0, m.Tokens, true }

// Stream implements [Streamer].
func (m Sinks) Stream() (sinks, left int, ok bool) { return m.Tokens, -1, true }
