package mask_test

import (
	"slices"
	"strings"
	"testing"

	"attnbench/attn"
	"attnbench/attn/attntest"
	"attnbench/attn/mask"
	"attnbench/variants/flash"
	"attnbench/variants/linear"
	"attnbench/variants/naive"
	"attnbench/variants/sparse"
)

// chess is a pattern of a caller's own, by the Mask interface alone: a query sees the keys
// of its colour.
type chess struct{}

func (chess) Visible(_, h, q, k int) bool { return (q+k+h)&1 == 0 }

func (chess) Bits(_, h, q, k0 int) uint64 {
	const even = 0x5555555555555555
	return even << ((q + k0 + h) & 1)
}

func (chess) Spans(dst []mask.Span, _, _, q0, q1, n int) []mask.Span {
	if q0 == q1 {
		return dst
	}
	return append(dst, mask.Span{Lo: 0, Hi: n})
}

func (chess) Varies() (batch, head bool) { return false, true }

func (chess) String() string { return "chess" }

// past is a window of the left keys before a query's own, by way of Window, that claims
// everything a mask can.
type past struct{ left int }

func (m past) window() mask.Window { return mask.Window{Left: m.left} }

func (m past) Visible(b, h, q, k int) bool        { return m.window().Visible(b, h, q, k) }
func (m past) Bits(b, h, q, k0 int) uint64        { return m.window().Bits(b, h, q, k0) }
func (m past) Varies() (batch, head bool)         { return false, false }
func (m past) String() string                     { return "past" }
func (m past) Validate() error                    { return m.window().Validate() }
func (m past) IsCausal() bool                     { return true }
func (m past) Stream() (sinks, left int, ok bool) { return 0, m.left, true }
func (m past) Bounds() (left, right int)          { return m.left, 0 }

func (m past) Spans(dst []mask.Span, b, h, q0, q1, n int) []mask.Span {
	return m.window().Spans(dst, b, h, q0, q1, n)
}

func (m past) Range(b, h, q int) (lo, hi int, ok bool) { return m.window().Range(b, h, q) }

func (m past) Count(b, h, q, lo, hi int) (count int, ok bool) {
	from, to, _ := m.window().Range(b, h, q)
	return max(0, min(hi, to)-max(lo, from)), true
}

func TestPatternsOfACallersOwn(t *testing.T) {
	for _, v := range []attn.Variant{naive.New(), flash.New(), sparse.New()} {
		for _, m := range []mask.Mask{chess{}, past{20}, mask.And(attn.Causal(), chess{}), mask.Or(past{3}, mask.And(mask.Sinks{Tokens: 2}, attn.Causal()))} {
			t.Run(v.Name()+"/"+m.String(), func(t *testing.T) { attntest.RunMask(t, v, m) })
		}
	}
}

// numbers are what the names in mask.Texts stand for in tests.
var numbers = map[string]string{
	"LEFT": "9", "RIGHT": "2", "TOKENS": "5", "STRIDE": "7", "BLOCK": "8", "SUMMARY": "2", "STEP": "3", "COUNT": "2", "KEYS": "53", "SEED": "1",
	"LENGTH": "20", "...": "1:23:9",
}

// The built-in patterns keep the contract that a caller's must.
func TestPatternsOfOurs(t *testing.T) {
	for _, text := range mask.Texts() {
		items := strings.Split(text, ":")
		for i, name := range items[1:] {
			items[1+i] = numbers[name]
		}
		m, err := mask.Parse(strings.Join(items, ":"))
		if err != nil {
			t.Fatalf("%s, with numbers for its names: %v", text, err)
		}
		attntest.RunMask(t, flash.New(), m)
	}
}

// liar is a right mask with one lie.
type liar struct {
	past
	lie string
}

func (m liar) Spans(dst []mask.Span, b, h, q0, q1, n int) []mask.Span {
	from := len(dst)
	dst = m.past.Spans(dst, b, h, q0, q1, n)
	for i := range dst[from:] {
		switch s := &dst[from+i]; {
		case m.lie == "full" && !s.Full:
			s.Full = true
		case m.lie == "short" && s.Hi > s.Lo+1 && i == len(dst[from:])-1:
			s.Hi--
		}
	}
	if m.lie == "order" {
		slices.Reverse(dst[from:])
	}
	return dst
}

func (m liar) Bits(b, h, q, k0 int) uint64 {
	word := m.past.Bits(b, h, q, k0)
	if m.lie == "bits" && k0 > 0 {
		word <<= 1
	}
	return word
}

func (m liar) Count(b, h, q, lo, hi int) (int, bool) {
	count, ok := m.past.Count(b, h, q, lo, hi)
	if m.lie == "count" && hi > 30 {
		count++
	}
	return count, ok
}

func (m liar) Stream() (sinks, left int, ok bool) {
	if m.lie == "stream" {
		return 1, m.left, true
	}
	return m.past.Stream()
}

func (m liar) Visible(b, h, q, k int) bool {
	return m.past.Visible(b, h, q, k) || m.lie == "causal" && k == q+1 || m.lie == "varies" && h == 1 && k == q-m.left-1
}

func TestLiesOfAMaskAreCaught(t *testing.T) {
	for lie, rule := range map[string]string{
		"full": "spans", "short": "spans", "order": "spans", "bits": "bits", "count": "claims", "stream": "claims", "causal": "claims", "varies": "varies",
	} {
		caught := false
		for _, r := range attntest.CheckMask(flash.New(), liar{past{20}, lie}) {
			caught = caught || r.Rule == rule && len(r.Violations) > 0
		}
		if !caught {
			t.Errorf("%s: the rule %q does not catch it", lie, rule)
		}
	}
	for _, r := range attntest.CheckMask(flash.New(), liar{past{20}, ""}) {
		for _, violation := range r.Violations {
			t.Errorf("without a lie: %s: %s", r.Rule, violation)
		}
	}
}

// holed embeds a window and takes one key out of it: the embedded Bounds and Range are not
// true of it.
type holed struct{ mask.Window }

func (m holed) Visible(b, h, q, k int) bool { return k != 5 && m.Window.Visible(b, h, q, k) }

func (m holed) Bits(b, h, q, k0 int) uint64 {
	word := m.Window.Bits(b, h, q, k0)
	if k0 <= 5 && 5 < k0+64 {
		word &^= 1 << (5 - k0)
	}
	return word
}

// Under the window's own Bounds flash would let every query see key 5.
// inner embeds a pattern two levels down.
type inner struct{ holed }

func TestPatternThatEmbedsAnotherIsRefusedAsItInheritsClaims(t *testing.T) {
	for _, m := range []mask.Mask{
		holed{mask.Window{Left: 9}}, &holed{mask.Window{Left: 9}}, mask.And(mask.Causal(), holed{mask.Window{Left: 9}}),
		struct{ mask.Strided }{mask.Strided{Stride: 3}}, struct{ inner }{inner{holed{mask.Window{Left: 9}}}}, struct{ *mask.Documents }{mask.NewDocuments(3, 4)},
	} {
		_, err := flash.New().Plan(attn.Problem{Batch: 1, QHeads: 1, KVHeads: 1, QLen: 9, KVLen: 9, HeadDim: 4, ValueDim: 4, Mask: m}, attn.Options{})
		if err == nil || !strings.Contains(err.Error(), "embeds") {
			t.Errorf("%T: error %v", m, err)
		}
	}
	for _, m := range []mask.Mask{struct{ mask.Mask }{mask.Causal()}, mask.Causal(), mask.NewDocuments(3, 4), chess{}} {
		if err := mask.Validate(m, mask.Shape{Batch: 1, QHeads: 1, QLen: 7, KVLen: 7}); err != nil {
			t.Errorf("%T: %v", m, err)
		}
	}
}

// A variant that supports no Problem under the mask proves nothing about the two.
func TestMaskUnderWhichNothingRunsIsAViolation(t *testing.T) {
	for _, r := range attntest.CheckMask(linear.New(), mask.Strided{Stride: 7}) {
		if failed := len(r.Violations) > 0; failed != (r.Rule == "forward") {
			t.Errorf("%s: %v", r.Rule, r.Violations)
		}
	}
}
