package amd64

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// sum emits a read of x at the speed of memory. Set.Sum measures bandwidth with it, and
// the adapters of dots and weightedSum bring rows to the nearest cache with it.
//
//	sum_i = Σ_n x[8n + i]    x [vectors], in vectors; i < 8
//	sum   = Σ_i sum_i
//
// An add takes 3 or 4 cycles and a core loads 2 vectors a cycle, so that 8 sums are needed
// for no add to wait for another. The 8 are added up by halves, then the lanes of the last
// one: an element passes vectors/8 + 3 + log2(width) adds, and the rounding error grows
// with that and not with the length of x.
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

// horizontal adds up the lanes of v by folding the upper half onto the lower: 16 (AVX-512
// alone), 8, 4, 2. The sum is lane 0; the other lanes hold rests.
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
