package mask

import (
	"fmt"
	"math"
)

// Window is the sliding window: the query at position q sees the keys from
// q-Left to q+Right, both inclusive. -1 is an open side, so that Window{-1, -1}
// is the full mask and Window{-1, 0} the causal one.
// Source: Beltagy et al. 2020 (Longformer), section 3.1; bounds as in FlashAttention.
type Window struct{ Left, Right int }

// maxWindow bounds a window's width, so that position arithmetic cannot overflow.
const maxWindow = math.MaxInt32

// Validate reports a bound that is neither -1 nor a width.
func (w Window) Validate() error {
	for _, bound := range []struct {
		name  string
		value int
	}{{"left", w.Left}, {"right", w.Right}} {
		if bound.value < -1 || bound.value > maxWindow {
			return fmt.Errorf("window %s is %d: -1 for an open side, or a width from 0 to %d", bound.name, bound.value, maxWindow)
		}
	}
	return nil
}

// keys returns the half-open range of visible keys; hi is math.MaxInt for an open side.
func (w Window) keys(q int) (lo, hi int) {
	lo, hi = 0, math.MaxInt
	if w.Left >= 0 {
		lo = max(0, q-w.Left)
	}
	if w.Right >= 0 {
		hi = max(0, q+w.Right+1)
	}
	return lo, hi
}

// Visible implements [Mask].
func (w Window) Visible(_, _, q, k int) bool {
	return (w.Left < 0 || k >= q-w.Left) && (w.Right < 0 || k <= q+w.Right)
}

// Bits implements [Mask].
func (w Window) Bits(_, _, q, k0 int) uint64 {
	lo, hi := w.keys(q)
	return ones(lo-k0, hi-k0)
}

// Spans implements [Mask].
func (w Window) Spans(dst []Span, _, _, q0, q1, n int) []Span {
	if q0 >= q1 {
		return dst
	}
	lo, firstHi := w.keys(q0)
	lastLo, hi := w.keys(q1 - 1)
	return slidingSpans(dst, lo, firstHi, lastLo, hi, n)
}

// slidingSpans appends the spans of a range of queries. The first query sees the keys
// [lo, firstHi), the last [lastLo, hi), and neither bound falls from one query to the next.
func slidingSpans(dst []Span, lo, firstHi, lastLo, hi, n int) []Span {
	firstHi, hi = min(firstHi, n), min(hi, n)
	if lastLo >= firstHi {
		return appendSpan(dst, lo, hi, false)
	}
	dst = appendSpan(dst, lo, lastLo, false)
	dst = appendSpan(dst, lastLo, firstHi, true)
	return appendSpan(dst, firstHi, hi, false)
}

// Varies implements [Mask]: a window is the same for every batch entry and head.
func (w Window) Varies() (batch, head bool) { return false, false }

// String implements [Mask].
func (w Window) String() string {
	switch w {
	case Window{-1, -1}:
		return "full"
	case Window{-1, 0}:
		return "causal"
	}
	return fmt.Sprintf("window:%d:%d", w.Left, w.Right)
}

// IsCausal implements [CausalMask].
func (w Window) IsCausal() bool { return w.Right == 0 }

// Range implements [Ranger].
func (w Window) Range(_, _, q int) (lo, hi int, ok bool) {
	lo, hi = w.keys(q)
	return lo, hi, true
}

// Bounds implements [Bounded].
func (w Window) Bounds() (left, right int) { return w.Left, w.Right }

// Stream implements [Streamer].
func (w Window) Stream() (sinks, left int, ok bool) {
	if w.Left < 0 {
		return 0, OpenSide, true
	}
	return 0, w.Left, true
}
