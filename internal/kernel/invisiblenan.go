package kernel

import "math/bits"

// stripColumns is the width of the copies that PVMasked makes of V.
const stripColumns = 16

// StripFloats is the scratch that PVMasked needs, in float32s.
const StripFloats = Block * stripColumns

// PVMasked is set.PV where some lanes do not see some keys: p is 0 where vis has no bit. It
// computes lanes [from, from+lanes) of the panel.
//
// NaN or Inf in the V of an invisible key has no effect. As 0·NaN is NaN, the product then
// runs on copies of V, a strip of columns at a time, in which the rows that are not finite
// are zeros. Zeros change no bit. Each such row is then added to the lanes that see its key.
func (set *Set) PVMasked(o, alpha, p, v []float32, ldv, keys, dv, from, lanes int, vis Visibility, strip []float32) {
	o, p = o[from:], p[from:]
	if alpha != nil {
		alpha = alpha[from:]
	}
	// Keys that all lanes see at both ends: their V may hold anything.
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
