package amd64

import (
	"github.com/mmcloughlin/avo/operand"
)

// max emits the maximum of some vectors. VMAXPS returns its second source where the
// first is NaN, which is therefore the running maximum.
func (e *emitter) max() {
	e.begin("max", "func(x *float32, vectors int, least float32) float32", `is the largest element of whole vectors, NaN left out, and at least the given one:
	for i := range vectors * width {
		if x[i] > least {
			least = x[i]
		}
	}
	return least`)
	x, n := e.param("x"), e.param("vectors")
	top := e.vecs(4)
	e.VBROADCASTSS(e.slot("least"), top[0])
	for _, t := range top[1:] {
		e.VMOVAPS(top[0], t)
	}
	e.loop(n, 4, func(steps int) {
		for i := range steps {
			v := e.vec()
			e.VMOVUPS(e.at(x, i), v)
			e.VMAXPS(top[i], v, top[i])
		}
		e.ADDQ(operand.I32(steps*e.bytes()), x)
	})
	e.VMAXPS(top[1], top[0], top[0])
	e.VMAXPS(top[3], top[2], top[2])
	e.VMAXPS(top[2], top[0], top[0])
	v := top[0]
	if e.hasMasks() {
		half := e.YMM()
		e.VEXTRACTF32X8(operand.U8(1), v, half)
		e.VMAXPS(half, v.AsY(), half)
		v = half
	}
	four := e.XMM()
	e.VEXTRACTF128(operand.U8(1), v, four)
	e.VMAXPS(four, v.AsX(), four)
	two := e.XMM()
	e.VMOVHLPS(four, four, two)
	e.VMAXPS(two, four, four)
	e.VMOVSHDUP(four, two)
	e.VMAXSS(two, four, four)
	e.Store(four, e.ReturnIndex(0))
	e.end()
}
