package splitkv

import (
	"math/bits"

	"attnbench/attn"
	"attnbench/attn/mask"
)

// streamed appends to dst what the query at position t sees of the first sinks tokens and
// the left ones before its own. It asks no mask: those that are made of others keep lists,
// which a collection may take from them.
func streamed(dst []mask.Span, sinks, left, t int) []mask.Span {
	first := max(0, t-left)
	dst = join(dst, 0, 0, min(sinks, first))
	return join(dst, 0, first, t+1)
}

// visible appends to dst the sorted runs of tokens, each seen whole, that the query at
// position t sees. Of a single query every key is seen or not: partial runs are taken
// apart, and nothing needs a mask further on.
func visible(dst, scratch []mask.Span, m attn.Mask, b, h, t int) (runs, used []mask.Span) {
	scratch = m.Spans(scratch[:0], b, h, t, t+1, t+1)
	from := len(dst)
	for _, r := range scratch {
		if r.Full {
			dst = join(dst, from, r.Lo, r.Hi)
			continue
		}
		for k0 := r.Lo; k0 < r.Hi; k0 += 64 {
			word := m.Bits(b, h, t, k0)
			if left := r.Hi - k0; left < 64 {
				word &= 1<<left - 1
			}
			for word != 0 {
				lo := bits.TrailingZeros64(word)
				n := bits.TrailingZeros64(^(word >> lo))
				dst = join(dst, from, k0+lo, k0+lo+n)
				if lo+n >= 64 {
					break
				}
				word &^= 1<<(lo+n) - 1
			}
		}
	}
	return dst, scratch
}

// join appends a run, to the last one where they touch.
func join(dst []mask.Span, from, lo, hi int) []mask.Span {
	if lo >= hi {
		return dst
	}
	if n := len(dst); n > from && dst[n-1].Hi == lo {
		dst[n-1].Hi = hi
		return dst
	}
	return append(dst, mask.Span{Lo: lo, Hi: hi, Full: true})
}
