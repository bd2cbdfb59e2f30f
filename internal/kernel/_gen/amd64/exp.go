package amd64

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Coefficients of 2^f = 1 + f·c[0] + f²·c[1] + ..., of degree 6, the one of least
// relative error with 2^0 = 1: 2.1e-9 on [0, 1), 2e-9 on [-1/2, 1/2]. Rounding
// them and the evaluation to float32 leaves 1.35 and 0.9 ULP (TestExponentialsOfEverySet).
var (
	exp2Floor   = [6]float32{0x1.62e42cp-1, 0x1.ebfd3ap-3, 0x1.c68af6p-5, 0x1.3cfd82p-7, 0x1.47373ap-10, 0x1.c4456ep-13}
	exp2Nearest = [6]float32{0x1.62e43p-1, 0x1.ebfbdcp-3, 0x1.c6aee8p-5, 0x1.3b2d4cp-7, 0x1.5f3e54p-10, 0x1.41fbbcp-13}
)

// exponential holds what exp2 needs beside its argument.
type exponential struct {
	c     [7]operand.Op // of f^0 .. f^6; where registers are short, in memory
	lead  reg.VecVirtual
	magic reg.VecVirtual
	least reg.VecVirtual
}

func (e *emitter) exponential() exponential {
	var x exponential
	c := exp2Nearest
	if e.hasMasks() {
		c = exp2Floor
	}
	names := [7]string{"one", "c1", "c2", "c3", "c4", "c5", "c6"}
	for i, name := range names {
		value := float32(1)
		if i > 0 {
			value = c[i-1]
		}
		if i == 6 {
			x.lead = e.constantReg(name, value)
			x.c[i] = x.lead
		} else if e.hasMasks() {
			x.c[i] = e.constantReg(name, value)
		} else {
			x.c[i] = e.constant(name, value)
		}
	}
	if !e.hasMasks() {
		// Adding it rounds to an integer n and leaves n + 127, the biased exponent
		// of 2^n, in the low bits.
		x.magic = e.constantReg("magic", 1.5*(1<<23)+127)
		x.least = e.constantReg("least", -127)
	}
	return x
}

// polynomial emits y = 2^f by Horner's rule.
func (e *emitter) polynomial(x exponential, f reg.VecVirtual) reg.VecVirtual {
	y := e.vec()
	e.VMOVAPS(x.lead, y)
	for i := 5; i >= 0; i-- {
		e.VFMADD213PS(x.c[i], f, y)
	}
	return y
}

// exp2 emits 2^x for x <= 0, -Inf or NaN: x = n + f, 2^f by polynomial, then the
// exponent. AVX-512 has both halves as instructions (VREDUCEPS with floor: x - n;
// VSCALEFPS: ·2^floor x) and rounds once into the denormals. AVX2 builds 2^n in
// the exponent's bits; x is first raised to at least -127, where these bits are
// 0, so that results below 2^-126.5 are 0.
func (e *emitter) exp2(x exponential, arg reg.VecVirtual) reg.VecVirtual {
	f := e.vec()
	if e.hasMasks() {
		e.VREDUCEPS(operand.U8(1|8), arg, f) // floor, no exception
		y := e.polynomial(x, f)
		e.VSCALEFPS(arg, y, y)
		return y
	}
	// The second source is what VMAXPS returns beside a NaN: x.
	e.VMAXPS(arg, x.least, arg)
	n := e.vec()
	e.VADDPS(x.magic, arg, n)
	e.VSUBPS(x.magic, n, f)
	e.VSUBPS(f, arg, f)
	y := e.polynomial(x, f)
	e.VPSLLD(operand.U8(23), n, n)
	e.VMULPS(n, y, y)
	return y
}

// exp emits e^x for x <= 0, -Inf or NaN: t = x·log2(e) as n + f with n the nearest
// integer. f comes from fused differences with log2(e) in two parts, as the
// rounding of t alone would cost |x| ULP.
func (e *emitter) exp(x exponential, arg, floor, hi, lo reg.VecVirtual) reg.VecVirtual {
	e.VMAXPS(arg, floor, arg)
	n, f := e.vec(), e.vec()
	e.VMULPS(hi, arg, n)
	if e.hasMasks() {
		e.VRNDSCALEPS(operand.U8(1|8), n, n)
		e.VMOVAPS(n, f)
		e.VFMSUB231PS(hi, arg, f)
		e.VFMADD231PS(lo, arg, f)
		y := e.polynomial(x, f)
		e.VSCALEFPS(n, y, y)
		return y
	}
	e.VADDPS(x.magic, n, n)
	e.VSUBPS(x.magic, n, f)
	e.VFMSUB231PS(hi, arg, f)
	e.VFMADD231PS(lo, arg, f)
	y := e.polynomial(x, f)
	e.VPSLLD(operand.U8(23), n, n)
	e.VMULPS(n, y, y)
	return y
}

var log2e = math.Log2E

// eluPlus1 emits the feature map of linear attention, x > 0 ? x+1 : exp(x).
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
	least := float32(-105) // exp of it is below half of the smallest denormal
	if !e.hasMasks() {
		least = -88.03 // exp2 of it is -127
	}
	floor := e.constantReg("floor", least)
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

// scaledExp emits the exponential of a linear function, in place, as FAVOR+ needs it:
// of any sign, so that the argument is held below where 2^n no longer is a number, from
// where on the result is infinite.
func (e *emitter) scaledExp() {
	e.begin("scaledExp", "func(x *float32, n int, scale, shift, factor float32)", `maps n elements in place:
	for i := range n {
		x[i] = factor * exp(scale*x[i]+shift)
	}`)
	p, n := e.param("x"), e.param("n")
	x := e.exponential()
	floor, ceiling := e.constant("wideFloor", -105), e.constant("ceiling", 89) // exp2 of it is 128.4
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
		e.VMOVUPS(ceiling, bound)
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

// wideExp is exp down to the last denormal. On AVX2 that takes 2^n in two factors, of
// which only the second rounds: FAVOR+ divides by sums of such numbers.
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
