package splitkv

import (
	"math"

	"attnbench/attn"
	"attnbench/attn/mask"
	"attnbench/internal/kernel"
	"attnbench/internal/tile"
)

// headGroup goes over the keys of kv head g of batch entry b. It holds one query row, at
// position t, of each query head from h on that shares g. A vector holds elements of one
// row of Q, K or V, or scores of successive keys.
type headGroup struct {
	*state
	b, g, h, t int
	shrunk     bool // weights are multiplied by tile.Shrinkage: sums of any finite V are finite

	q, o, sums  []float32 // [heads, D], [heads, Dv] twice, rows of whole vectors
	scores      []float32 // [heads, lds]
	m, alpha    []float32 // [heads]
	l           []float32 // [heads, L], sums lane by lane
	base, scale []float32 // [L], what Softmax takes: m of a head in all lanes
}

// blockKeys is how many keys are scored before their values are added up. Memory is
// fastest as one long stream, and K and V take turns: in blocks of 64 keys a step reaches
// half of the bandwidth, in blocks of 512 seven tenths.
func (s *state) blockKeys() int { return min(splitKeys, s.p.KVLen) }

// lds is the row stride of the scores, with room for a panel past the last: Softcap and
// Softmax take whole panels, from any column on.
func (s *state) lds() int {
	keys := s.blockKeys()
	if s.config.Whole {
		keys = s.p.KVLen
	}
	return kernel.RoundUp(keys+s.set.Lanes, s.set.Lanes)
}

// headGroupFloats is the scratch of a headGroup.
func (s *state) headGroupFloats() int {
	ds, dvs := kernel.RoundUp(s.p.HeadDim, s.set.Width), kernel.RoundUp(s.p.ValueDim, s.set.Width)
	return s.heads*(ds+2*dvs+s.lds()+2+s.set.Lanes) + 2*s.set.Lanes
}

// newHeadGroup takes row i of its heads from q, and folds in the scale.
func (s *state) newHeadGroup(ws []float32, q attn.Tensor, b, g, h, i, t int) headGroup {
	x := headGroup{state: s, b: b, g: g, h: h, t: t}
	ds, dvs, L := kernel.RoundUp(s.p.HeadDim, s.set.Width), kernel.RoundUp(s.p.ValueDim, s.set.Width), s.set.Lanes
	for _, part := range [...]struct {
		dst *[]float32
		n   int
	}{
		{&x.q, s.heads * ds}, {&x.o, s.heads * dvs}, {&x.sums, s.heads * dvs}, {&x.scores, s.heads * s.lds()},
		{&x.m, s.heads}, {&x.alpha, s.heads}, {&x.l, s.heads * L}, {&x.base, L}, {&x.scale, L},
	} {
		*part.dst, ws = ws[:part.n:part.n], ws[part.n:]
	}
	clear(x.q)
	clear(x.o)
	clear(x.l)
	for r := range s.heads {
		to := x.q[r*ds:]
		for c, y := range q.Row(b, h+r, i) {
			to[c] = y * s.modifiers.Scale
		}
		x.m[r] = float32(math.Inf(-1))
	}
	return x
}

// walk takes the visible tokens of one split.
func (x *headGroup) walk(spans []mask.Span, split int) {
	if x.config.Whole {
		x.whole(spans)
	} else {
		x.split(spans, split*splitKeys, (split+1)*splitKeys)
	}
}

// split takes visible tokens number lo .. hi-1, counted over the spans.
func (x *headGroup) split(spans []mask.Span, lo, hi int) {
	x.eachBlock(spans, lo, hi, func(_, row, t, n int) {
		x.score(x.scores, row, t, n)
		for r := range x.heads {
			x.softmax(x.scores[r*x.lds():], r, n)
		}
		x.accumulate(x.scores, row, n)
	})
}

// whole takes all visible tokens as naive does: all scores, their softmax, the sum.
func (x *headGroup) whole(spans []mask.Span) {
	seen := 0
	x.eachBlock(spans, 0, x.p.KVLen, func(at, row, t, n int) {
		x.score(x.scores[at:], row, t, n)
		seen = at + n
	})
	if seen == 0 {
		return
	}
	for r := range x.heads {
		x.softmax(x.scores[r*x.lds():], r, seen)
	}
	x.eachBlock(spans, 0, x.p.KVLen, func(at, row, _, n int) {
		x.accumulate(x.scores[at:], row, n)
	})
}

// eachBlock cuts visible tokens number lo .. hi-1, counted over the spans, into blocks. It
// calls f for tokens t .. t+n-1. Token t has number at, and lies in the given row.
func (x *headGroup) eachBlock(spans []mask.Span, lo, hi int, f func(at, row, t, n int)) {
	first := 0 // number of the span's first token
	for _, span := range spans {
		from, to := span.Lo+max(0, lo-first), min(span.Hi, span.Lo+hi-first)
		for t := from; t < to; {
			row, n := x.cache.Span(x.b, t, min(to, t+x.blockKeys()))
			f(first+t-span.Lo, row, t, n)
			t += n
		}
		if first += span.Hi - span.Lo; first >= hi {
			return
		}
	}
}

// store writes the partial result of head r, and reports whether it is finite.
func (x *headGroup) store(partial []float32, r int) (finite bool) {
	l, o := x.sum(r), partial[2:]
	partial[0], partial[1] = x.m[r], l
	clear(o)
	if l != 0 {
		inverse := 1 / l
		for c, y := range x.o[r*len(x.o)/x.heads:][:len(o)] {
			o[c] = y * inverse
		}
	}
	return x.set.Finite(o, len(o), 1, len(o))
}

// storeOverflowed is store of what is not finite in a partial result, from shrunk weights
// (see package tile).
func (x *headGroup) storeOverflowed(partial []float32, r int) {
	o := partial[2:]
	sum := float64(x.sum(r)) * float64(tile.Shrinkage(x.p.KVLen))
	for c, y := range x.o[r*len(x.o)/x.heads:][:len(o)] {
		if o[c]-o[c] != 0 && y-y == 0 {
			o[c] = tile.Saturated(float64(y) / sum)
		}
	}
}

// sum is l of head r.
func (x *headGroup) sum(r int) (l float32) {
	L := x.set.Lanes
	for _, y := range x.l[r*L : (r+1)*L] {
		l += y
	}
	return l
}
