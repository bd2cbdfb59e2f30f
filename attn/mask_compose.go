package attn

import "fmt"

// And shows what all of the masks show.
func And(first Mask, more ...Mask) Mask {
	for _, m := range more {
		first = both{first, m}
	}
	return first
}

// Or shows what any of the masks shows.
func Or(first Mask, more ...Mask) Mask {
	for _, m := range more {
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

func (m both) Validate() error { return validateBoth(m.a, m.b) }

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

func (m both) Runs(dst []Run, b, h, q0, q1, n int) []Run {
	var first, second [16]Run
	from := len(dst)
	sweepRuns(m.a.Runs(first[:0], b, h, q0, q1, n), m.b.Runs(second[:0], b, h, q0, q1, n), func(lo, hi int, x, y class) {
		switch {
		case x == some && y == some: // who knows whether the same queries see it
			dst = refine(dst, from, lo, hi, m, b, h, q0, q1)
		case x != none && y != none:
			dst = joinRuns(dst, from, Run{lo, hi, x == y})
		}
	})
	return dst
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

func (m either) Validate() error { return validateBoth(m.a, m.b) }

func (m either) ValidateFor(p *Problem) error { return validateBothFor(m.a, m.b, p) }

func (m either) Visible(b, h, q, k int) bool {
	return m.a.Visible(b, h, q, k) || m.b.Visible(b, h, q, k)
}

func (m either) Bits(b, h, q, k0 int) uint64 {
	return m.a.Bits(b, h, q, k0) | m.b.Bits(b, h, q, k0)
}

func (m either) Runs(dst []Run, b, h, q0, q1, n int) []Run {
	var first, second [16]Run
	from := len(dst)
	sweepRuns(m.a.Runs(first[:0], b, h, q0, q1, n), m.b.Runs(second[:0], b, h, q0, q1, n), func(lo, hi int, x, y class) {
		if c := max(x, y); c != none {
			dst = joinRuns(dst, from, Run{lo, hi, c == whole})
		}
	})
	return dst
}

func (m either) Varies() (batch, head bool) { return variesBoth(m.a, m.b) }

func (m either) String() string { return m.a.String() + "+" + m.b.String() }

func validateBoth(masks ...Mask) error {
	for _, m := range masks {
		if m == nil {
			return fmt.Errorf("one side of And or Or is nil")
		}
		if v, ok := m.(interface{ Validate() error }); ok {
			if err := v.Validate(); err != nil {
				return err
			}
		}
	}
	return nil
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
