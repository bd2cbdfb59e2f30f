package amd64

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// scaledExp emits the exponential of a linear function, in place:
//
//	x[i] = factor·exp(a)    a = scale·x[i] + shift
//
// FAVOR+ is its main user (Choromanski et al. 2021, equation 5), phi(y) = exp(w·y - |y|²/2)/√M:
// x holds the products w·y, shift is -|y|²/2 and factor 1/√M. Decays are exp(x).
//
// a has any sign, so that both ends need a bound:
//
//	a < -105  exp is below half of the smallest denormal, 2^-150: 0
//	a >   89  n is 128, and 2^n overflows to +Inf
//
// Between them n lies in -151 .. 128 and denormal results are rounded once. NaN passes the
// bounds: the minimum and the maximum return it.
//
// Whole vectors go first, then a masked one takes the n mod width elements that are left.
// No vector depends on another, so the core overlaps them without unrolling.
func (e *emitter) scaledExp() {
	e.begin("scaledExp", "func(x *float32, n int, scale, shift, factor float32)", `maps n elements in place:
	for i := range n {
		x[i] = factor * exp(scale*x[i]+shift)
	}`)
	p, n := e.param("x"), e.param("n")
	x := e.exponential()
	floor, ceil := e.constant("wideFloor", -105), e.constant("maxArg", 89) // exp2 of it is 128.4
	hi := e.constantReg("log2eHi", float32(log2e))
	lo := e.constantReg("log2eLo", float32(log2e-float64(float32(log2e))))
	scale, shift, factor := e.vec(), e.vec(), e.vec()
	e.VBROADCASTSS(e.slot("scale"), scale)
	e.VBROADCASTSS(e.slot("shift"), shift)
	e.VBROADCASTSS(e.slot("factor"), factor)
	body := func(t *tail) {
		arg, bound := e.vec(), e.vec()
		if t != nil {
			e.loadTail(*t, 0, e.at(p, 0), arg)
		} else {
			e.VMOVUPS(e.at(p, 0), arg)
		}
		e.VFMADD213PS(shift, scale, arg)
		// The second source is what VMINPS returns beside a NaN: arg.
		e.VMOVUPS(ceil, bound)
		e.VMINPS(arg, bound, arg)
		e.VMOVUPS(floor, bound)
		y := e.wideExp(x, arg, bound, hi, lo)
		e.VMULPS(factor, y, y)
		if t != nil {
			e.storeTail(*t, 0, y, e.at(p, 0))
		} else {
			e.VMOVUPS(y, e.at(p, 0))
		}
	}
	top, rest, done := e.label("vector"), e.label("rest"), e.label("done")
	e.Label(top)
	e.CMPQ(n, operand.I32(e.width))
	e.JL(operand.LabelRef(rest))
	body(nil)
	e.ADDQ(operand.I32(e.bytes()), p)
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

// wideExp is exp down to the last denormal, which FAVOR+ needs, as it divides by sums of
// such numbers. VSCALEFPS of AVX-512 does that anyway. AVX2 makes a power of two from
// exponent bits, which reach -126 .. 127 only, and n goes beyond both: 2^n is taken as two
// factors,
//
//	2^n = 2^h·2^(n-h)    h = ⌊n/2⌋, both -76 .. 64
//
// of which only the second multiplication can round.
func (e *emitter) wideExp(x exponential, arg, floor, hi, lo reg.VecVirtual) reg.VecVirtual {
	if e.hasMasks() {
		return e.exp(x, arg, floor, hi, lo)
	}
	e.VMAXPS(arg, floor, arg)
	n, f := e.vec(), e.vec()
	e.VMULPS(hi, arg, n)
	e.VROUNDPS(operand.U8(0), n, n) // to the nearest integer
	e.VMOVAPS(n, f)
	e.VFMSUB231PS(hi, arg, f)
	e.VFMADD231PS(lo, arg, f)
	y := e.polynomial(x, f)
	bias, half := e.data("bias", 127), e.vec()
	e.VCVTPS2DQ(n, n)
	e.VPSRAD(operand.U8(1), n, half)
	e.VPSUBD(half, n, n)
	for _, power := range []reg.VecVirtual{half, n} {
		e.VPADDD(bias, power, power)
		e.VPSLLD(operand.U8(23), power, power)
		e.VMULPS(power, y, y)
	}
	return y
}
