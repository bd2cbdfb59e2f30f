package mask

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

type either struct{ a, b Mask }

func (m either) Validate() error { return validateTree(m) }

func (m either) ValidateFor(s Shape) error { return validateBothFor(m.a, m.b, s) }

func (m either) Visible(b, h, q, k int) bool {
	return m.a.Visible(b, h, q, k) || m.b.Visible(b, h, q, k)
}

func (m either) Bits(b, h, q, k0 int) uint64 {
	return m.a.Bits(b, h, q, k0) | m.b.Bits(b, h, q, k0)
}

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

func (m either) Varies() (batch, head bool) { return variesBoth(m.a, m.b) }

func (m either) String() string { return m.a.String() + "+" + m.b.String() }
