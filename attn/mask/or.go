package mask

// Or shows what any of the masks shows. A mask that is nil is an error of Validate.
func Or(first Mask, more ...Mask) Mask {
	first = present(first)
	for _, m := range more {
		m = present(m)
		if x, ok := m.(either); ok { // the order in which its text is read
			first = either{pair{Or(first, x.a), x.b}}
			continue
		}
		first = either{pair{first, m}}
	}
	return first
}

type either struct{ pair }

// Visible implements [Mask].
func (m either) Visible(b, h, q, k int) bool {
	return m.a.Visible(b, h, q, k) || m.b.Visible(b, h, q, k)
}

// Bits implements [Mask].
func (m either) Bits(b, h, q, k0 int) uint64 {
	return m.a.Bits(b, h, q, k0) | m.b.Bits(b, h, q, k0)
}

// Spans implements [Mask].
func (m either) Spans(dst []Span, b, h, q0, q1, n int) []Span {
	lists := spanPool.Get().(*[2][]Span)
	lists[0] = m.a.Spans(lists[0][:0], b, h, q0, q1, n)
	lists[1] = m.b.Spans(lists[1][:0], b, h, q0, q1, n)
	from := len(dst)
	sweepSpans(lists[0], lists[1], func(lo, hi int, x, y class) {
		if c := max(x, y); c != none {
			dst = joinSpans(dst, from, Span{lo, hi, c == whole})
		}
	})
	spanPool.Put(lists)
	return dst
}

// String implements [Mask].
func (m either) String() string { return m.a.String() + "+" + m.b.String() }

func (m either) factor() string { return "(" + m.String() + ")" }

// IsLazy implements [LazyMask].
func (m either) IsLazy() bool { return isLazy(m.a) || isLazy(m.b) }

// IsCausal implements [CausalMask].
func (m either) IsCausal() bool { return IsCausal(m.a) && IsCausal(m.b) }

// Count implements [Counter]: it adds to the range of one side the keys of the other side
// outside of that range.
func (m either) Count(b, h, q, lo, hi int) (count int, ok bool) {
	from, to, other, ok := m.rangeOfOne(b, h, q, lo, hi)
	if !ok {
		return 0, false
	}
	before, ok := countIn(other, b, h, q, lo, from)
	after, _ := countIn(other, b, h, q, to, hi)
	return before + to - from + after, ok
}

// Stream implements [Streamer].
func (m either) Stream() (sinks, left int, ok bool) {
	s1, l1, ok1 := stream(m.a)
	s2, l2, ok2 := stream(m.b)
	return max(s1, s2), max(l1, l2), ok1 && ok2
}
