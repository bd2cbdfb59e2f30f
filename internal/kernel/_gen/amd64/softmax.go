package amd64

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// softmax emits one step of the online softmax (Milakov and Gimelshein 2018, algorithm 3)
// over a block Sᵀ [keys, L]. m, l and alpha [L] are the running maximum, the running sum
// and the factor that rescales what was computed under the old maximum:
//
//	m'    = max(m, max_j s_j)
//	alpha = e^(m - m')
//	s_j   = e^(s_j - m')              the weights p_j, in place
//	l     = alpha·l + Σ_j s_j
//	m     = m'
//
// After the last block out = Σ_j p_j·v_j / l and LSE = m + ln l. No exponent is positive, so
// that nothing overflows.
//
// log2(e) multiplies the difference and not the scores: near the maximum the difference is
// exact (Sterbenz), and what its product rounds is small as it is. Folded into Q, log2(e)
// would put its rounding on scores of any size, and on their maximum, which the LSE shows.
//
// A lane that has seen only -Inf has m' = -Inf, and -Inf - -Inf is NaN: it subtracts 0
// instead, which makes its weights and its alpha e^-Inf = 0, and so its l.
//
// Lanes are queries: nothing is reduced across a vector. One vector of lanes after the
// other takes two passes over its column of the block, which lies in L1: the maximum as 4
// maxima and then the exponentials with 2 sums, so that no element waits for the one
// before it.
func (e *emitter) softmax() {
	e.begin("softmax", "func(s, m, l, alpha *float32, keys int)", `is one step of the online softmax (Milakov and Gimelshein 2018, algorithm 3):
	for r := range lanes {
		top := m[r]
		for j := range keys {
			top = max(top, s[j*lanes+r])
		}
		base := top
		if top == -Inf {
			base = 0
		}
		alpha[r] = exp(m[r] - base)
		sum := float32(0)
		for j := range keys {
			s[j*lanes+r] = exp(s[j*lanes+r] - base)
			sum += s[j*lanes+r]
		}
		l[r] = alpha[r]*l[r] + sum
		m[r] = top
	}`)
	s, m, l, alpha := e.param("s"), e.param("m"), e.param("l"), e.param("alpha")
	x, d := e.exponential(), e.decaying()
	stride := 4 * e.lanes()
	for j := range e.wide {
		top := e.vecs(4)
		e.VMOVUPS(e.at(m, j), top[0])
		for _, t := range top[1:] {
			e.VMOVAPS(top[0], t)
		}
		p, n := e.GP64(), e.param("keys")
		e.MOVQ(s, p)
		e.loop(n, 4, func(steps int) {
			for i := range steps {
				e.VMAXPS(operand.Mem{Base: p, Disp: i*stride + j*e.bytes()}, top[i], top[i])
			}
			e.ADDQ(operand.I32(steps*stride), p)
		})
		e.VMAXPS(top[1], top[0], top[0])
		e.VMAXPS(top[3], top[2], top[2])
		e.VMAXPS(top[2], top[0], top[0])

		base := e.finiteBase(top[0])
		old := e.vec()
		e.VSUBPS(e.at(m, j), base, old)
		scale := e.expOfMinus(x, d, old)
		e.VMOVUPS(top[0], e.at(m, j))
		e.VMOVUPS(scale, e.at(alpha, j))

		sums := e.vecs(2)
		e.zero(sums...)
		n = e.param("keys")
		e.MOVQ(s, p)
		e.loop(n, 2, func(steps int) {
			for i := range steps {
				cell := operand.Mem{Base: p, Disp: i*stride + j*e.bytes()}
				v := e.vec()
				e.VSUBPS(cell, base, v)
				y := e.expOfMinus(x, d, v)
				e.VMOVUPS(y, cell)
				e.VADDPS(y, sums[i], sums[i])
			}
			e.ADDQ(operand.I32(steps*stride), p)
		})
		e.VADDPS(sums[1], sums[0], sums[0])
		e.VFMADD231PS(e.at(l, j), scale, sums[0])
		e.VMOVUPS(sums[0], e.at(l, j))
	}
	e.end()
}

// finiteBase is what a lane subtracts from its scores: top, or 0 where top is -Inf. NaN is
// not equal to -Inf, so that it stays NaN.
func (e *emitter) finiteBase(top reg.VecVirtual) reg.VecVirtual {
	inf := e.constant("negInf", float32(math.Inf(-1)))
	base := e.vec()
	if e.hasMasks() {
		k := e.K()
		e.VCMPPS(operand.U8(4), inf, top, k) // not equal
		e.VMOVAPS_Z(top, k, base)
		return base
	}
	e.VCMPPS(operand.U8(4), inf, top, base)
	e.VANDPS(top, base, base)
	return base
}
