package sparse

import "attnbench/attn/mask"

// blocks is the key blocks lo .. hi-1.
type blocks struct{ lo, hi int }

// local is the range of key blocks that hold positions of query block i. It is empty if no
// valid key is there.
func (x *selecting) local(b, i int) blocks {
	q0 := x.p.Start(b) + i*x.BlockQ
	q1 := min(q0+x.BlockQ, x.p.Start(b)+x.p.QLen, x.p.Keys(b))
	if q0 = max(q0, 0); q0 >= q1 {
		return blocks{}
	}
	return blocks{q0 / x.BlockK, (q1-1)/x.BlockK + 1}
}

// candidates are the key blocks that compete for a query block: the blocks that spans of the
// mask touch, without the local blocks.
type candidates struct {
	spans  []mask.Span
	local  blocks
	blockK int
}

func (x *selecting) candidates(b, h, i int) candidates {
	return candidates{x.cover.Spans(b, h, i), x.local(b, i), x.BlockK}
}

// each calls visit with ranges of blocks, in order and disjoint.
func (r candidates) each(visit func(lo, hi int)) {
	next := 0
	for _, span := range r.spans {
		lo, hi := max(next, span.Lo/r.blockK), (span.Hi-1)/r.blockK+1
		if before := min(hi, r.local.lo); lo < before {
			visit(lo, before)
		}
		if lo = max(lo, r.local.hi); lo < hi {
			visit(lo, hi)
		}
		next = max(next, hi)
	}
}

func (r candidates) count() int {
	n := 0
	r.each(func(lo, hi int) { n += hi - lo })
	return n
}

// hull is the range from the first candidate to the last.
func (r candidates) hull() blocks {
	var s blocks
	r.each(func(lo, hi int) {
		if s.hi == 0 {
			s.lo = lo
		}
		s.hi = hi
	})
	return s
}
