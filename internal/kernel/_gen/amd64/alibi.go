package amd64

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
)

// alibi emits the linear bias: the distances of one key to all lanes are those of
// the key before it, less one.
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
