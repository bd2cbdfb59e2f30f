package kernel

import (
	"math/bits"
	"unsafe"
)

// Block is the most keys that one visibility covers: the width of one word of
// mask bits.
const Block = 64

// VisibilityFloats is the scratch that a Visibility needs, in float32s.
const VisibilityFloats = Block

// Visibility holds, for each of up to Block keys, which lanes see it: bit r of
// element j is lane r and key j.
type Visibility []uint32

// NewVisibility takes its memory from scratch, whatever that holds.
func NewVisibility(scratch []float32) Visibility {
	return unsafe.Slice((*uint32)(unsafe.Pointer(&scratch[:VisibilityFloats][0])), VisibilityFloats)
}

// Set turns the visibility words of up to 32 queries, in which bit j is key j,
// into those of the keys. It is a transposition of 32 x 64 bits: both halves of
// the words at once, by exchanging blocks of 16, 8, 4, 2 and 1 (Warren, Hacker's
// Delight, section 7-3).
func (v Visibility) Set(queries *[32]uint64) {
	width, half := 16, uint64(0x0000ffff_0000ffff)
	for ; width > 0; width, half = width/2, half^half<<(width/2) {
		for i := 0; i < 32; i = (i + width + 1) &^ width {
			t := (queries[i]>>width ^ queries[i+width]) & half
			queries[i+width] ^= t
			queries[i] ^= t << width
		}
	}
	low, high := (*[32]uint32)(v), (*[32]uint32)(v[32:])
	for j, word := range queries {
		low[j], high[j] = uint32(word), uint32(word>>32)
	}
}

// SetWindow is Set for the lanes 0 .. rows-1 at successive positions of which each
// sees left keys behind its own position and right keys past it, where a negative
// bound is open. The first key lies offset past the position of lane 0.
func (v Visibility) SetWindow(rows, keys, offset, left, right int) {
	last := rows - 1
	for j := range v[:keys] {
		lo, hi := 0, last // of the lanes that see key j
		if left >= 0 {
			hi = min(hi, offset+j+left)
		}
		if right >= 0 {
			lo = max(lo, offset+j-right)
		}
		v[j] = 0
		if lo <= hi {
			v[j] = ^uint32(0) >> (31 - hi + lo) << lo
		}
	}
}

// stripColumns is the width of the copies that PVMasked makes of V.
const stripColumns = 16

// StripFloats is the scratch that PVMasked needs, in float32s.
const StripFloats = Block * stripColumns

// PVMasked is set.PV over keys of which some lanes see only part, p being 0
// where vis has no bit. 0·NaN is NaN, so where a row of V is not finite the
// product runs on a copy without it, a strip of columns at a time, and the row
// is then added to the lanes that see it and to no other. A zero in its place
// changes no bit of what the other lanes get. p, o, vis and alpha begin at lane
// from, of which lanes are computed.
func (set *Set) PVMasked(o, alpha, p, v []float32, ldv, keys, dv, from, lanes int, vis Visibility, strip []float32) {
	o, p = o[from:], p[from:]
	if alpha != nil {
		alpha = alpha[from:]
	}
	// A row that all lanes see harms none of them.
	lo, hi, all := 0, keys, uint32(1<<lanes-1)<<from
	for lo < hi && vis[lo]&all == all {
		lo++
	}
	for lo < hi && vis[hi-1]&all == all {
		hi--
	}
	if lo == hi || set.Finite(v[lo*ldv:], ldv, hi-lo, dv) {
		set.PV(o, alpha, p, v, ldv, keys, dv, lanes, Prefetch{})
		return
	}
	var wild uint64
	for j := lo; j < hi; j++ {
		if !set.Finite(v[j*ldv:], ldv, 1, dv) {
			wild |= 1 << j
		}
	}
	for c := 0; c < dv; c += stripColumns {
		width := min(stripColumns, dv-c)
		for j := range keys {
			row := strip[j*stripColumns : j*stripColumns+width]
			if wild>>j&1 == 0 {
				copy(row, v[j*ldv+c:])
			} else {
				clear(row)
			}
		}
		set.PV(o[c*set.Lanes:], alpha, p, strip, stripColumns, keys, width, lanes, Prefetch{})
	}
	for ; wild != 0; wild &= wild - 1 {
		j := bits.TrailingZeros64(wild)
		for seen := vis[j] >> from & uint32(1<<lanes-1); seen != 0; seen &= seen - 1 {
			r := bits.TrailingZeros32(seen)
			for c, x := range v[j*ldv : j*ldv+dv] {
				o[c*set.Lanes+r] += p[j*set.Lanes+r] * x
			}
		}
	}
}

// Lanes returns the span of lanes [from, from+n), in whole vectors, outside of
// which no lane sees any of the keys j0 .. j1-1.
func (v Visibility) Lanes(width, j0, j1 int) (from, n int) {
	var any uint32
	for _, word := range v[j0:j1] {
		any |= word
	}
	if any == 0 {
		return 0, 0
	}
	from = bits.TrailingZeros32(any) / width * width
	return from, (bits.Len32(any) - from + width - 1) / width * width
}
