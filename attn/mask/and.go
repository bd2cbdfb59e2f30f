package mask

// And shows what all of the masks show. A mask that is nil is an error of Validate.
func And(first Mask, more ...Mask) Mask {
	first = present(first)
	for _, m := range more {
		m = present(m)
		if x, ok := m.(both); ok { // the order in which its text is read
			first = both{pair{And(first, x.a), x.b}}
			continue
		}
		first = both{pair{first, m}}
	}
	return first
}

type both struct{ pair }

// maxRefined bounds the words of Bits that Spans of an And looks at: a BlockMask of two
// masks without full spans would otherwise look at every pair. The edges of windows and
// documents take one or two words.
const maxRefined = 16

// Visible implements [Mask].
func (m both) Visible(b, h, q, k int) bool {
	return m.a.Visible(b, h, q, k) && m.b.Visible(b, h, q, k)
}

// Bits implements [Mask].
func (m both) Bits(b, h, q, k0 int) uint64 {
	word := m.a.Bits(b, h, q, k0)
	if word == 0 {
		return 0
	}
	return word & m.b.Bits(b, h, q, k0)
}

// Spans implements [Mask].
func (m both) Spans(dst []Span, b, h, q0, q1, n int) []Span {
	lists := spanPool.Get().(*[2][]Span)
	lists[0] = m.a.Spans(lists[0][:0], b, h, q0, q1, n)
	lists[1] = m.b.Spans(lists[1][:0], b, h, q0, q1, n)
	from, left := len(dst), maxRefined
	if m.IsLazy() {
		left = 0
	}
	meetSpans(lists[0], lists[1], func(lo, hi int, x, y bool) {
		words := (hi - lo + 63) / 64
		if x || y || words > left {
			dst = joinSpans(dst, from, Span{lo, hi, x && y})
			return
		}
		left -= words // the two sides may show it to different queries
		dst = refine(dst, from, lo, hi, maxHole, m, b, h, q0, q1)
	})
	spanPool.Put(lists)
	return dst
}

// String implements [Mask].
func (m both) String() string { return factor(m.a) + "@" + factor(m.b) }

// factor is the text of one side of an And, in parentheses where its sign binds less.
func factor(m Mask) string {
	if x, ok := m.(interface{ factor() string }); ok {
		return x.factor()
	}
	return m.String()
}

// IsLazy implements [LazyMask].
func (m both) IsLazy() bool { return isLazy(m.a) || isLazy(m.b) }

// IsCausal implements [CausalMask].
func (m both) IsCausal() bool { return IsCausal(m.a) || IsCausal(m.b) }

// Range implements [Ranger] where both sides have a range.
func (m both) Range(b, h, q int) (lo, hi int, ok bool) {
	x, xEnd, okX := rangeOf(m.a, b, h, q)
	y, yEnd, okY := rangeOf(m.b, b, h, q)
	if !okX || !okY {
		return 0, 0, false
	}
	return max(x, y), min(xEnd, yEnd), true
}

// Count implements [Counter]: it cuts the keys of one side to the range of the other.
func (m both) Count(b, h, q, lo, hi int) (count int, ok bool) {
	from, to, other, ok := m.rangeOfOne(b, h, q, lo, hi)
	if !ok {
		return 0, false
	}
	return countIn(other, b, h, q, from, to)
}

// Stream implements [Streamer].
func (m both) Stream() (sinks, left int, ok bool) {
	s1, l1, ok1 := stream(m.a)
	s2, l2, ok2 := stream(m.b)
	switch {
	case l1 == OpenSide:
		return s2, l2, ok1 && ok2
	case l2 == OpenSide:
		return s1, l1, ok1 && ok2
	}
	// Otherwise one must lie within the other.
	nested := s1 <= s2 && l1 <= l2 || s2 <= s1 && l2 <= l1
	return min(s1, s2), min(l1, l2), ok1 && ok2 && nested
}
