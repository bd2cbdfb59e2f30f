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

// stripColumns is the width of the copies that PVMasked makes of V.
const stripColumns = 16

// StripFloats is the scratch that PVMasked needs, in float32s.
const StripFloats = Block * stripColumns

// PVMasked is set.PV over keys of which some lanes see only part, p being 0
// where vis has no bit. 0·NaN is NaN, so where a row of V is not finite the
// product runs on a copy without it, a strip of columns at a time, and the row
// is then added to the lanes that see it and to no other. A zero in its place
// changes no bit of what the other lanes get.
func (set *Set) PVMasked(o, alpha, p, v []float32, ldv, keys, dv int, vis *Visibility, strip []float32) {
	var wild uint64
	for j := range keys {
		if !Finite(v[j*ldv : j*ldv+dv]) {
			wild |= 1 << j
		}
	}
	if wild == 0 {
		set.PV(o, alpha, p, v, ldv, keys, dv)
		return
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
		set.PV(o[c*set.Lanes:], alpha, p, strip, stripColumns, keys, width)
	}
	for ; wild != 0; wild &= wild - 1 {
		j := bits.TrailingZeros64(wild)
		for seen := vis[j]; seen != 0; seen &= seen - 1 {
			r := bits.TrailingZeros32(seen)
			for c, x := range v[j*ldv : j*ldv+dv] {
				o[c*set.Lanes+r] += p[j*set.Lanes+r] * x
			}
		}
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
