package amd64

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
)

// bias emits the sum with an additive bias, both [keys, L] without gaps:
//
//	s[i] = -Inf            bias[i] = -Inf
//	s[i] = s[i] + bias[i]  otherwise
//
// -Inf hides a key. The sum alone would not do: the score of a hidden key may be NaN or
// +Inf, and either plus -Inf is NaN. So lanes whose bias equals -Inf select -Inf itself.
// Every finite bias is added as it is, the most negative float32 too.
//
// A vector takes 2 loads, an add, a comparison, a select and a store. Vectors do not depend
// on one another, so the core overlaps them without unrolling.
func (e *emitter) bias() {
	e.begin("bias", "func(s, bias *float32, vectors int)", `adds the bias; -Inf hides a key:
	for i := range s {
		if bias[i] == -Inf {
			s[i] = -Inf
		} else {
			s[i] += bias[i]
		}
	}`)
	s, bias, n := e.param("s"), e.param("bias"), e.param("vectors")
	inf := e.constantReg("negInf", float32(math.Inf(-1)))
	e.loop(n, 1, func(int) {
		b, v := e.vec(), e.vec()
		e.VMOVUPS(e.at(bias, 0), b)
		e.VADDPS(e.at(s, 0), b, v)
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
