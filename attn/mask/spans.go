package mask

import (
	"math/bits"
	"sync"
)

// Span is the keys [Lo, Hi). Full: every query that the list is for sees all of them.
type Span struct {
	Lo, Hi int
	Full   bool
}

func appendSpan(dst []Span, lo, hi int, full bool) []Span {
	if lo >= hi {
		return dst
	}
	return append(dst, Span{lo, hi, full})
}

// joinSpans appends s to dst[from:], which ends at or before s begins. Spans that touch
// and are both Full, or both not, become one.
func joinSpans(dst []Span, from int, s Span) []Span {
	if s.Lo >= s.Hi {
		return dst
	}
	if last := len(dst) - 1; last >= from && dst[last].Hi == s.Lo && dst[last].Full == s.Full {
		dst[last].Hi = s.Hi
		return dst
	}
	return append(dst, s)
}

// maxHole bounds the stretch of keys that no query sees inside a span of a periodic mask.
// It is three quarters of a tile of 64, so that every visited tile holds a visible key.
// Two spans of a strided mask that are nearer cost as much apart, each a tile of its own,
// as joined (measured), and the shortest periods would make more spans than there are
// keys. With a maxHole of 47 a BlockMask holds at most Nk/48 spans a block of queries: of 131072
// causal positions in blocks of 32 rows strided:362 makes 0.7 million (18 MB),
// strided:80 3.4 million (80 MB), and the worst, fixed:49:1, 5.6 million.
const maxHole = 47

// spanPool keeps the span lists of the sides of an And or an Or, whose length only their
// masks know.
var spanPool = sync.Pool{New: func() any { return new([2][]Span) }}

// meetSpans calls emit for every stretch of keys that lies in spans of both sorted lists.
func meetSpans(x, y []Span, emit func(lo, hi int, xFull, yFull bool)) {
	for len(x) > 0 && len(y) > 0 {
		lo, hi := max(x[0].Lo, y[0].Lo), min(x[0].Hi, y[0].Hi)
		if lo < hi {
			emit(lo, hi, x[0].Full, y[0].Full)
		}
		if x[0].Hi == hi {
			x = x[1:]
		} else {
			y = y[1:]
		}
	}
}

// sweepSpans walks two sorted lists together, and calls emit for every stretch of keys on
// which both are constant, with the class of each.
func sweepSpans(a, b []Span, emit func(lo, hi int, x, y class)) {
	for at := 0; ; {
		x, xEnd := classAt(&a, at)
		y, yEnd := classAt(&b, at)
		end := min(xEnd, yEnd)
		if end == endless {
			return
		}
		emit(at, end, x, y)
		at = end
	}
}

// class is how much of a key the queries of a range see.
type class uint8

const (
	none class = iota
	some
	whole
)

const endless = int(^uint(0) >> 1)

// classAt drops the spans that end at or before key k, and returns the class of k and
// where it ends.
func classAt(spans *[]Span, k int) (class, int) {
	for len(*spans) > 0 && (*spans)[0].Hi <= k {
		*spans = (*spans)[1:]
	}
	switch {
	case len(*spans) == 0:
		return none, endless
	case k < (*spans)[0].Lo:
		return none, (*spans)[0].Lo
	case (*spans)[0].Full:
		return whole, (*spans)[0].Hi
	}
	return some, (*spans)[0].Hi
}

// refine appends the spans of the keys lo .. hi-1 by looking at the Bits of every query.
// Spans that are not Full are joined where at most gap keys lie between them.
func refine(dst []Span, from, lo, hi, gap int, m Mask, b, h, q0, q1 int) []Span {
	for k0 := lo; k0 < hi; k0 += 64 {
		any, all := uint64(0), ^uint64(0)
		for q := q0; q < q1; q++ {
			word := m.Bits(b, h, q, k0)
			any, all = any|word, all&word
		}
		dst = wordSpans(dst, from, k0, min(64, hi-k0), gap, any, all)
	}
	return dst
}

// wordSpans appends the spans of the n keys from k0 on. Some query sees the keys in any,
// and every query sees the keys in all.
func wordSpans(dst []Span, from, k0, n, gap int, any, all uint64) []Span {
	for at := 0; at < n; {
		var length int
		seen, full := any>>at&1 != 0, all>>at&1 != 0
		switch {
		case full:
			length = bits.TrailingZeros64(^(all >> at))
		case seen:
			length = bits.TrailingZeros64(^((any &^ all) >> at))
		default:
			length = bits.TrailingZeros64(any >> at)
		}
		end := min(at+length, n)
		if seen {
			if last := len(dst) - 1; last >= from && !full && !dst[last].Full && k0+at-dst[last].Hi <= gap {
				dst[last].Hi = k0 + end
			} else {
				dst = joinSpans(dst, from, Span{k0 + at, k0 + end, full})
			}
		}
		at = end
	}
	return dst
}
