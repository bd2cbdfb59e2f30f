package amd64

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
)

// alibi emits the linear bias (Press et al. 2022, section 3) over Sᵀ [keys, L]:
//
//	s[j, r] -= slope·|d_j[r]|    d_j[r] = distance + r - j    j < keys, r < L
//
// distance is the position of lane 0 less that of key 0, so that d_j[r] is how far lane r
// stands behind key j. It is negative for keys after the lane, hence the magnitude.
//
// d_0 = distance + [0, 1, .., L-1] is built once, and d_(j+1) = d_j - 1: no key needs its
// own position. These are whole numbers, exact up to 2^24 in float32. The product and the
// difference are one fused multiply-add, so that s is rounded once.
//
// Registers: slope, the mask of all bits but the sign, 1, the d of all vectors of a panel,
// and 2 temporaries: 8 on AVX2 (of 16), 7 on AVX-512 (of 32).
func (e *emitter) alibi() {
	e.begin("alibi", "func(s *float32, keys int, distance, slope float32)", `subtracts the linear bias (Press et al. 2022, section 3):
	for j := range keys {
		for r := range lanes {
			s[j*lanes+r] -= slope * abs(distance+r-j)
		}
	}`)
	s, n := e.param("s"), e.param("keys")
	slope, magnitude, one := e.vec(), e.vec(), e.constantReg("one", 1)
	e.VBROADCASTSS(e.slot("slope"), slope)
	e.VMOVUPS(e.data("magnitude", math.MaxInt32), magnitude) // all bits but the sign
	distance := e.vecs(e.wide)
	for j, d := range distance {
		e.VBROADCASTSS(e.slot("distance"), d)
		var lanes []uint32
		for r := range e.width {
			lanes = append(lanes, math.Float32bits(float32(j*e.width+r)))
		}
		e.VADDPS(e.data("lanes"+string(rune('0'+j)), lanes...), d, d)
	}
	e.loop(n, 1, func(int) {
		for j, d := range distance {
			far, v := e.vec(), e.vec()
			e.VANDPS(magnitude, d, far)
			e.VMOVUPS(e.at(s, j), v)
			e.VFNMADD231PS(slope, far, v)
			e.VMOVUPS(v, e.at(s, j))
			e.VSUBPS(one, d, d)
		}
		e.ADDQ(operand.I32(4*e.lanes()), s)
	})
	e.end()
}
