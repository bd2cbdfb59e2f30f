package attn

import (
	"cmp"
	"fmt"
)

// And shows what all of the masks show.
func And(first Mask, more ...Mask) Mask {
	for _, m := range more {
		if x, ok := m.(both); ok { // the order in which its text is read
			first = both{And(first, x.a), x.b}
			continue
		}
		first = both{first, m}
	}
	return first
}

// Or shows what any of the masks shows.
func Or(first Mask, more ...Mask) Mask {
	for _, m := range more {
		if x, ok := m.(either); ok { // the order in which its text is read
			first = either{Or(first, x.a), x.b}
			continue
		}
		first = either{first, m}
	}
	return first
}

// StreamingLLM is the causal window of left keys and the query's own, with the first
// sinks keys always in view (Xiao et al. 2023, section 3.2).
func StreamingLLM(sinks, left int) Mask {
	return Or(Window{Left: left}, And(Causal(), Sinks{sinks}))
}

// Longformer is a window with global tokens (Beltagy et al. 2020, section 3.1).
func Longformer(global int, w Window) Mask { return Or(w, Global{global}) }

// BigBird is the union of the window of blocks left and right of the own one, the
// first global blocks both ways, and random blocks among the keys (Zaheer et al.
// 2020, section 2).
func BigBird(block, global, left, right, random, keys, seed int) Mask {
	return Or(BlockWindow{block, left, right}, Global{global * block}, RandomBlocks{block, random, keys, seed})
}

type both struct{ a, b Mask }

func (m both) Validate() error { return validateTree(m) }

func (m both) ValidateFor(p *Problem) error { return validateBothFor(m.a, m.b, p) }

func (m both) Visible(b, h, q, k int) bool {
	return m.a.Visible(b, h, q, k) && m.b.Visible(b, h, q, k)
}

func (m both) Bits(b, h, q, k0 int) uint64 {
	word := m.a.Bits(b, h, q, k0)
	if word == 0 {
		return 0
	}
	return word & m.b.Bits(b, h, q, k0)
}

// mostRefined bounds the words that Runs of an And looks at, so that a BlockMask of
// two masks that are partial throughout does not look at every pair. The edges of
// windows and documents take one or two.
const mostRefined = 16

func (m both) Runs(dst []Run, b, h, q0, q1, n int) []Run {
	lists := runPool.Get().(*[2][]Run)
	lists[0] = m.a.Runs(lists[0][:0], b, h, q0, q1, n)
	lists[1] = m.b.Runs(lists[1][:0], b, h, q0, q1, n)
	from, left := len(dst), mostRefined
	if isLazy(m) {
		left = 0
	}
	meetRuns(lists[0], lists[1], func(lo, hi int, x, y bool) {
		words := (hi - lo + 63) / 64
		if x || y || words > left {
			dst = joinRuns(dst, from, Run{lo, hi, x && y})
			return
		}
		left -= words // who knows whether the same queries see it
		dst = refine(dst, from, lo, hi, hole, m, b, h, q0, q1)
	})
	runPool.Put(lists)
	return dst
}

// isLazy says whether a mask has a predicate in it, which a Plan does not ask.
func isLazy(m Mask) bool {
	switch m := m.(type) {
	case *predicate:
		return true
	case both:
		return isLazy(m.a) || isLazy(m.b)
	case either:
		return isLazy(m.a) || isLazy(m.b)
	}
	return false
}

func (m both) Varies() (batch, head bool) { return variesBoth(m.a, m.b) }

func (m both) String() string { return factor(m.a) + "@" + factor(m.b) }

// factor is the text of one side of an And, whose sign binds tighter than Or's.
func factor(m Mask) string {
	if _, ok := m.(either); ok {
		return "(" + m.String() + ")"
	}
	return m.String()
}

type either struct{ a, b Mask }

func (m either) Validate() error { return validateTree(m) }

func (m either) ValidateFor(p *Problem) error { return validateBothFor(m.a, m.b, p) }

func (m either) Visible(b, h, q, k int) bool {
	return m.a.Visible(b, h, q, k) || m.b.Visible(b, h, q, k)
}

func (m either) Bits(b, h, q, k0 int) uint64 {
	return m.a.Bits(b, h, q, k0) | m.b.Bits(b, h, q, k0)
}

func (m either) Runs(dst []Run, b, h, q0, q1, n int) []Run {
	lists := runPool.Get().(*[2][]Run)
	lists[0] = m.a.Runs(lists[0][:0], b, h, q0, q1, n)
	lists[1] = m.b.Runs(lists[1][:0], b, h, q0, q1, n)
	from := len(dst)
	sweepRuns(lists[0], lists[1], func(lo, hi int, x, y class) {
		if c := max(x, y); c != none {
			dst = joinRuns(dst, from, Run{lo, hi, c == whole})
		}
	})
	runPool.Put(lists)
	return dst
}

func (m either) Varies() (batch, head bool) { return variesBoth(m.a, m.b) }

func (m either) String() string { return m.a.String() + "+" + m.b.String() }

// mostItems bounds the masks that And and Or combine into one, and with it the depth
// to which their text nests.
const mostItems = 64

func validateTree(m Mask) error {
	if n := items(m); n > mostItems {
		return fmt.Errorf("And and Or combine %d masks: want at most %d", n, mostItems)
	}
	return validateItem(m)
}

func validateItem(m Mask) error {
	switch x := m.(type) {
	case nil:
		return fmt.Errorf("one side of And or Or is nil")
	case both:
		return cmp.Or(validateItem(x.a), validateItem(x.b))
	case either:
		return cmp.Or(validateItem(x.a), validateItem(x.b))
	case interface{ Validate() error }:
		return x.Validate()
	}
	return nil
}

// items counts the masks of a combination.
func items(m Mask) int {
	switch x := m.(type) {
	case both:
		return items(x.a) + items(x.b)
	case either:
		return items(x.a) + items(x.b)
	}
	return 1
}

func validateBothFor(x, y Mask, p *Problem) error {
	for _, m := range []Mask{x, y} {
		if v, ok := m.(ValidatesFor); ok {
			if err := v.ValidateFor(p); err != nil {
				return err
			}
		}
	}
	return nil
}

func variesBoth(x, y Mask) (batch, head bool) {
	xb, xh := x.Varies()
	yb, yh := y.Varies()
	return xb || yb, xh || yh
}

// Predicate is a mask of the caller's own, by its definition alone: visible says
// whether the query at position q sees key k. It must be a pure function. All
// tiles count as partial, so that it is asked for every pair that it is not And-ed
// away from; name stands for it in texts, which ParseMask does not read.
func Predicate(name string, visible func(b, h, q, k int) bool) Mask {
	return &predicate{name, visible}
}

type predicate struct {
	name    string
	visible func(b, h, q, k int) bool
}

func (m *predicate) Validate() error {
	if m.visible == nil {
		return fmt.Errorf("predicate %q has no function", m.name)
	}
	return nil
}

func (m *predicate) Visible(b, h, q, k int) bool { return m.visible(b, h, q, k) }

func (m *predicate) Bits(b, h, q, k0 int) uint64 {
	var word uint64
	for i := range 64 {
		if m.visible(b, h, q, k0+i) {
			word |= 1 << i
		}
	}
	return word
}

func (m *predicate) Runs(dst []Run, _, _, q0, q1, n int) []Run {
	if q0 >= q1 {
		return dst
	}
	return appendRun(dst, 0, n, false)
}

func (m *predicate) Varies() (batch, head bool) { return true, true }

func (m *predicate) String() string { return "predicate[" + m.name + "]" }
