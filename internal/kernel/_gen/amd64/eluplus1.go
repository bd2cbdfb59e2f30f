package amd64

import (
	"github.com/mmcloughlin/avo/operand"
)

// eluPlus1 emits the feature map elu(x) + 1 of linear attention (Katharopoulos et al. 2020,
// equation 7) for n elements:
//
//	phi(x) = x + 1     x > 0
//	phi(x) = exp(x)    x <= 0 or NaN
//
// It is not computed as elu(x) + 1: exp(x) - 1 + 1 would lose the digits of a small exp(x).
//
// Both sides are computed for every lane and the comparison selects one. For x > 0 exp gives
// any number, +Inf or nonsense, which no lane takes. Below min exp is 0: on AVX-512 where
// it is less than half of the smallest denormal, on AVX2 below the normal numbers, as exp2
// of -127 has no exponent bits left (exp.go).
//
// Whole vectors go first, then a masked one takes the n mod width elements that are left.
func (e *emitter) eluPlus1() {
	e.begin("eluPlus1", "func(dst, src *float32, n int)", `maps n elements:
	for i := range n {
		if src[i] > 0 {
			dst[i] = src[i] + 1
		} else {
			dst[i] = exp(src[i])
		}
	}`)
	dst, src, n := e.param("dst"), e.param("src"), e.param("n")
	x := e.exponential()
	min := float32(-105) // exp of it is below half of the smallest denormal
	if !e.hasMasks() {
		min = -88.03 // times log2(e) -127
	}
	floor := e.constantReg("floor", min)
	hi := e.constantReg("log2eHi", float32(log2e))
	lo := e.constantReg("log2eLo", float32(log2e-float64(float32(log2e))))
	body := func(t *tail) {
		arg, up, zero := e.vec(), e.vec(), e.vec()
		if t != nil {
			e.loadTail(*t, 0, e.at(src, 0), arg)
		} else {
			e.VMOVUPS(e.at(src, 0), arg)
		}
		e.VADDPS(x.c[0], arg, up)
		e.zero(zero)
		if e.hasMasks() {
			k := e.K()
			e.VCMPPS(operand.U8(0x1e), zero, arg, k) // arg > 0, ordered
			y := e.exp(x, arg, floor, hi, lo)
			e.VBLENDMPS(up, y, k, y)
			up = y
		} else {
			positive := e.vec()
			e.VCMPPS(operand.U8(0x1e), zero, arg, positive)
			y := e.exp(x, arg, floor, hi, lo)
			e.VBLENDVPS(positive, up, y, y)
			up = y
		}
		if t != nil {
			e.storeTail(*t, 0, up, e.at(dst, 0))
		} else {
			e.VMOVUPS(up, e.at(dst, 0))
		}
	}
	top, rest, done := e.label("vector"), e.label("rest"), e.label("done")
	e.Label(top)
	e.CMPQ(n, operand.I32(e.width))
	e.JL(operand.LabelRef(rest))
	body(nil)
	e.ADDQ(operand.I32(e.bytes()), src)
	e.ADDQ(operand.I32(e.bytes()), dst)
	e.SUBQ(operand.I32(e.width), n)
	e.JMP(operand.LabelRef(top))
	e.Label(rest)
	e.TESTQ(n, n)
	e.JZ(operand.LabelRef(done))
	t := e.tailOf(n, 1)
	body(&t)
	e.Label(done)
	e.end()
}
