package amd64

import (
	"github.com/mmcloughlin/avo/operand"
)

// max emits the largest of floor and the elements of x [vectors], in vectors:
//
//	top_i = max(floor, max_n x[4n + i])    i < 4
//	max   = max_i top_i, then over the lanes
//
// A maximum rounds nothing, so that any order gives the same bits. Four running maxima
// hide the latency of one; they are joined by pairs, then the lanes by halves.
//
// NaN ranks below every number: where a source is NaN, VMAXPS returns the second one
// (the first in Go's order of operands), and that is the running maximum, which began as
// floor and so never is NaN itself.
func (e *emitter) max() {
	e.begin("max", "func(x *float32, vectors int, floor float32) float32", `is the largest of floor and the elements of whole vectors, NaN left out:
	for i := range vectors * width {
		if x[i] > floor {
			floor = x[i]
		}
	}
	return floor`)
	x, n := e.param("x"), e.param("vectors")
	top := e.vecs(4)
	e.VBROADCASTSS(e.slot("floor"), top[0])
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
