package mask

// RowSpans appends to dst the sorted spans of keys in [0, n) that the query at position q
// sees, each whole. For a single query that is everything a mask has to say. used is
// scratch, grown.
func RowSpans(dst, scratch []Span, m Mask, b, h, q, n int) (spans, used []Span) {
	from := len(dst)
	scratch = m.Spans(scratch[:0], b, h, q, q+1, n)
	for _, s := range scratch {
		if s.Full {
			dst = joinSpans(dst, from, s)
			continue
		}
		dst = refine(dst, from, s.Lo, s.Hi, 0, m, b, h, q, q+1)
	}
	return dst, scratch
}

// StreamSpans is RowSpans of a mask that [Streaming] has taken apart. It never allocates
// into a dst of two spans: And and Or keep lists in a sync.Pool, which a garbage
// collection may empty.
func StreamSpans(dst []Span, sinks, left, q int) []Span {
	from, first := len(dst), max(0, q-left)
	dst = joinSpans(dst, from, Span{0, min(sinks, first), true})
	return joinSpans(dst, from, Span{first, q + 1, true})
}
