package attn

import (
	"fmt"
	"math"
	"math/bits"
)

// Mask says which keys a query may see. It is given positions, not row numbers:
// q is QueryStart + i and may be negative, k is a key's index and never is.
// Visible is the definition; Bits and Runs are the bulk forms that kernels use
// and must agree with it for every argument. A Mask is immutable and safe for
// concurrent use.
type Mask interface {
	// Visible reports whether the query at position q sees key k, for batch
	// entry b and query head h.
	Visible(b, h, q, k int) bool
	// Bits returns the visibility of keys k0 .. k0+63: bit i is key k0+i.
	// Bits at or past the last key may have any value.
	Bits(b, h, q, k0 int) uint64
	// Runs appends to dst the sorted, disjoint runs of keys in [0, n) that at
	// least one query at positions [q0, q1) may see. A Full run is seen whole by
	// every query of the range; keys outside all runs are seen by none. A run that
	// is not Full may hold keys that none sees: a tile is cheaper than two.
	Runs(dst []Run, b, h, q0, q1, n int) []Run
	// Varies reports whether the answers depend on the batch entry and on the head.
	Varies() (batch, head bool)
	// String is the text that ParseMask reads and that records hold.
	String() string
}

// ValidatesFor is implemented by masks that fit some Problems only. Problem.Validate
// asks them.
type ValidatesFor interface {
	ValidateFor(p *Problem) error
}

// Run is the keys [Lo, Hi). Full: every query it was asked for sees all of them.
type Run struct {
	Lo, Hi int
	Full   bool
}

// Window is the sliding window: the query at position q sees the keys from
// q-Left to q+Right, both inclusive. -1 is an open side, so that Window{-1, -1}
// is the full mask and Window{-1, 0} the causal one.
// Source: Beltagy et al. 2020 (Longformer), section 3.1; bounds as in FlashAttention.
type Window struct{ Left, Right int }

// Full is the mask under which every key is visible.
func Full() Mask { return Window{-1, -1} }

// Causal is the mask under which key j is visible when j <= position.
func Causal() Mask { return Window{-1, 0} }

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

// Runs implements [Mask].
func (w Window) Runs(dst []Run, _, _, q0, q1, n int) []Run {
	if q0 >= q1 {
		return dst
	}
	firstLo, firstHi := w.keys(q0)
	lastLo, lastHi := w.keys(q1 - 1)
	lo, hi := firstLo, min(n, lastHi)
	fullLo, fullHi := lastLo, min(n, firstHi)
	if fullLo >= fullHi {
		return appendRun(dst, lo, hi, q1-q0 == 1)
	}
	dst = appendRun(dst, lo, fullLo, false)
	dst = appendRun(dst, fullLo, fullHi, true)
	return appendRun(dst, fullHi, hi, false)
}

func appendRun(dst []Run, lo, hi int, full bool) []Run {
	if lo >= hi {
		return dst
	}
	return append(dst, Run{lo, hi, full})
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

// VisibleIn counts the keys in [0, n) that the query at position q sees.
func VisibleIn(m Mask, b, h, q, n int) int {
	if items(m) <= mostCounted {
		if count, ok := countIn(m, b, h, q, 0, n); ok {
			return count
		}
	}
	count := 0
	var space [8]Run
	for _, r := range m.Runs(space[:0], b, h, q, q+1, n) {
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
