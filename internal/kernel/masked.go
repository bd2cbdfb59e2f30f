package kernel

import (
	"math"
	"math/bits"
)

// Block is the most keys that one call of the masked forms takes: the width of
// one word of visibility bits.
const Block = 64

// Visibility holds, for each of up to Block keys, which lanes see it: bit r of
// element j is lane r and key j.
type Visibility [Block]uint32

// SetRow gives lane r the visibility word of its query: bit j is key j.
func (v *Visibility) SetRow(r int, word uint64, keys int) {
	bit := uint32(1) << r
	for word &= ^uint64(0) >> (Block - keys); word != 0; word &= word - 1 {
		v[bits.TrailingZeros64(word)] |= bit
	}
}

// Select overwrites the invisible cells of s [keys, lanes] with fill. A select,
// not an addition of -Inf: what stood there may be NaN.
func (v *Visibility) Select(s []float32, lanes, keys int, fill float32) {
	all := uint32(1<<lanes - 1)
	for j, seen := range v[:keys] {
		for hidden := all &^ seen; hidden != 0; hidden &= hidden - 1 {
			s[j*lanes+bits.TrailingZeros32(hidden)] = fill
		}
	}
}

// PVMasked is set.PV over keys of which some lanes see only part, p being 0
// where vis has no bit. 0·NaN is NaN, so a row of V that is not finite is kept
// out of the product and added only to the lanes that see it. Cutting the sum at
// such a row changes no bit of the other lanes: it is formed in the order of j,
// and a weight of 0 adds nothing.
func (set *Set) PVMasked(o, alpha, p, v []float32, ldv, keys, dv int, vis *Visibility) {
	L := set.Lanes
	from := 0
	for j := range keys {
		row := v[j*ldv : j*ldv+dv]
		if Finite(row) {
			continue
		}
		set.PV(o, alpha, p[from*L:], v[from*ldv:], ldv, j-from, dv)
		alpha, from = nil, j+1
		for seen := vis[j]; seen != 0; seen &= seen - 1 {
			r := bits.TrailingZeros32(seen)
			for c, x := range row {
				o[c*L+r] += p[j*L+r] * x
			}
		}
	}
	if from < keys || alpha != nil {
		set.PV(o, alpha, p[from*L:], v[min(from*ldv, len(v)):], ldv, keys-from, dv)
	}
}

// Finite reports whether x holds neither NaN nor Inf.
func Finite(x []float32) bool {
	const exponent = 0x7f800000
	for _, f := range x {
		if math.Float32bits(f)&exponent == exponent {
			return false
		}
	}
	return true
}
