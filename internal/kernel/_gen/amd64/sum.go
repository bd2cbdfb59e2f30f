package amd64

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// sum emits a read of x at the speed of memory: the sums of eight vectors are
// independent, so that no addition waits for another.
func (e *emitter) sum() {
	e.begin("sum", "func(x *float32, vectors int) float32", `adds up whole vectors:
	sum := float32(0)
	for i := range vectors * width {
		sum += x[i]
	}
	return sum`)
	x, n := e.param("x"), e.param("vectors")
	sums := e.vecs(8)
	e.zero(sums...)
	e.loop(n, 8, func(steps int) {
		for i := range steps {
			e.VADDPS(e.at(x, i), sums[i], sums[i])
		}
		e.ADDQ(operand.I32(steps*e.bytes()), x)
	})
	for half := 4; half >= 1; half /= 2 {
		for i := range half {
			e.VADDPS(sums[half+i], sums[i], sums[i])
		}
	}
	e.Store(e.horizontal(sums[0]), e.ReturnIndex(0))
	e.end()
}

// horizontal adds up the lanes of v.
func (e *emitter) horizontal(v reg.VecVirtual) reg.VecVirtual {
	if e.hasMasks() {
		half := e.YMM()
		e.VEXTRACTF32X8(operand.U8(1), v, half)
		e.VADDPS(half, v.AsY(), half)
		v = half
	}
	four := e.XMM()
	e.VEXTRACTF128(operand.U8(1), v, four)
	e.VADDPS(four, v.AsX(), four)
	two := e.XMM()
	e.VMOVHLPS(four, four, two)
	e.VADDPS(two, four, four)
	e.VMOVSHDUP(four, two)
	e.VADDSS(two, four, four)
	return four
}
