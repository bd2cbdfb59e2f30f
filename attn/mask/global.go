package mask

import "fmt"

// Global shows the first Tokens keys to every query, and every key to the queries
// at the first Tokens positions (Beltagy et al. 2020, Longformer, section 3.1).
// An And with a causal mask still hides later keys.
type Global struct{ Tokens int }

// Validate reports a count below 0.
func (m Global) Validate() error {
	return checkCounts("global", count{"tokens", m.Tokens, 0, maxWindow})
}

// Visible implements [Mask].
func (m Global) Visible(_, _, q, k int) bool { return k < m.Tokens || q < m.Tokens }

// Bits implements [Mask].
func (m Global) Bits(_, _, q, k0 int) uint64 {
	if q < m.Tokens {
		return ^uint64(0)
	}
	return ones(0, m.Tokens-k0)
}

// Spans implements [Mask].
func (m Global) Spans(dst []Span, _, _, q0, q1, n int) []Span {
	if q0 >= q1 {
		return dst
	}
	if q1 <= m.Tokens {
		return appendSpan(dst, 0, n, true)
	}
	dst = appendSpan(dst, 0, min(m.Tokens, n), true)
	if q0 < m.Tokens {
		dst = appendSpan(dst, min(m.Tokens, n), n, false)
	}
	return dst
}

// Varies implements [Mask].
func (m Global) Varies() (batch, head bool) { return false, false }

// String implements [Mask].
func (m Global) String() string { return fmt.Sprintf("global:%d", m.Tokens) }

// IsCausal implements [CausalMask].
func (m Global) IsCausal() bool { return m.Tokens == 0 }

// Range implements [Ranger].
func (m Global) Range(_, _, q int) (lo, hi int, ok bool) {
	if q < m.Tokens {
		return 0, endless, true
	}
	return 0, m.Tokens, true
}

// Stream implements [Streamer]: the first queries see all that is there.
func (m Global) Stream() (sinks, left int, ok bool) { return m.Tokens, -1, true }
