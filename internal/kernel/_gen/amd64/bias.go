package amd64

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
)

// bias emits the sum with an additive bias, both [keys, L] without gaps:
//
//	s[i] = -Inf                              bias[i] = -Inf
//	s[i] = s[i] + bias[i], between low, high  otherwise
//
//	low = min(s[i], -MaxFloat32)    high = max(s[i], bias[i], MaxFloat32)
//
// -Inf hides a key. The sum alone would not do: the score of a hidden key may be NaN or
// +Inf, and either plus -Inf is NaN. So lanes whose bias equals -Inf select -Inf itself.
//
// Every finite bias is a number, the most negative float32 too. Where its sum with a finite
// score is past the range of float32, the end of that range stands for the sum: -Inf would
// hide the key, and +Inf - +Inf is NaN. The bounds let Inf through where it is one of the two.
//
// Vectors do not depend on one another, so the core overlaps them without unrolling.
func (e *emitter) bias() {
	e.begin("bias", "func(s, bias *float32, vectors int)", `adds the bias; -Inf alone hides a key:
	for i := range s {
		if bias[i] == -Inf {
			s[i] = -Inf
		} else {
			low, high := min(s[i], -MaxFloat32), max(s[i], bias[i], MaxFloat32)
			s[i] = min(max(s[i]+bias[i], low), high)
		}
	}`)
	s, bias, n := e.param("s"), e.param("bias"), e.param("vectors")
	inf := e.constantReg("negInf", float32(math.Inf(-1)))
	least, largest := e.constantReg("least", -math.MaxFloat32), e.constantReg("largest", math.MaxFloat32)
	e.loop(n, 1, func(int) {
		b, v, low, high := e.vec(), e.vec(), e.vec(), e.vec()
		e.VMOVUPS(e.at(bias, 0), b)
		e.VMOVUPS(e.at(s, 0), v)
		e.VMINPS(least, v, low)
		e.VMAXPS(b, v, high)
		e.VMAXPS(largest, high, high)
		e.VADDPS(v, b, v)
		e.VMAXPS(v, low, v) // the first source is what VMAXPS and VMINPS return beside a NaN: v
		e.VMINPS(v, high, v)
		if e.hasMasks() {
			k := e.K()
			e.VCMPPS(operand.U8(0), inf, b, k) // equal
			e.VMOVAPS(inf, k, v)
		} else {
			hidden := e.vec()
			e.VCMPPS(operand.U8(0), inf, b, hidden)
			e.VBLENDVPS(hidden, inf, v, v)
		}
		e.VMOVUPS(v, e.at(s, 0))
		e.ADDQ(operand.I32(e.bytes()), s)
		e.ADDQ(operand.I32(e.bytes()), bias)
	})
	e.end()
}
