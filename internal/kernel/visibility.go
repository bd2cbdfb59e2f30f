package kernel

import (
	"math/bits"
	"unsafe"
)

// Block is the max keys of a Visibility: a word of mask bits has one bit for each.
const Block = 64

// VisibilityFloats is the scratch that a Visibility needs, in float32s.
const VisibilityFloats = Block

// Visibility says which lanes see each of up to Block keys: bit r of element j is lane r
// and key j.
type Visibility []uint32

// NewVisibility takes its memory from scratch and does not clear it.
func NewVisibility(scratch []float32) Visibility {
	return unsafe.Slice((*uint32)(unsafe.Pointer(&scratch[:VisibilityFloats][0])), VisibilityFloats)
}

// Set fills v from the words of 32 queries, in which bit j is key j, and overwrites them.
// It transposes 32 x 64 bits: it exchanges blocks of 16, 8, 4, 2 and 1 in both halves of
// the words at once (Warren, Hacker's Delight, section 7-3).
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

// SetWindow fills v for rows lanes at successive positions. Each lane sees left keys before
// its position and right keys after it; a negative bound is open. Key 0 lies offset past
// the position of lane 0.
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

// Lanes returns a span of lanes [from, from+n), in vectors of width, outside of which no
// lane sees any of the keys [j0, j1).
func (v Visibility) Lanes(width, j0, j1 int) (from, n int) {
	var any uint32
	for _, word := range v[j0:j1] {
		any |= word
	}
	if any == 0 {
		return 0, 0
	}
	from = bits.TrailingZeros32(any) / width * width
	return from, RoundUp(bits.Len32(any)-from, width)
}
