package amd64

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// All exponentials share their second half. An argument times log2(e) is split as n + f, n
// whole, and
//
//	2^(n+f) = 2^n·2^f    2^f = 1 + f·(c1 + f·(c2 + .. + f·c6))
//
// 2^n is exact, so that only the polynomial makes errors. Its degree is 6: degree 5 is off
// by 2.2 ULP. The coefficients minimise the relative error with 2^0 = 1: 2.1e-9 on
// [0, 1), 2e-9 on [-1/2, 1/2], far below half a ULP, 6e-8. Rounding them and the
// evaluation to float32 leaves 1.35 and 0.9 ULP (TestExponentialsOfEverySet).
//
// AVX-512 takes f in [0, 1), as its instructions floor; AVX2 rounds to the nearest n.
var (
	exp2Floor   = [6]float32{0x1.62e42cp-1, 0x1.ebfd3ap-3, 0x1.c68af6p-5, 0x1.3cfd82p-7, 0x1.47373ap-10, 0x1.c4456ep-13}
	exp2Nearest = [6]float32{0x1.62e43p-1, 0x1.ebfbdcp-3, 0x1.c6aee8p-5, 0x1.3b2d4cp-7, 0x1.5f3e54p-10, 0x1.41fbbcp-13}
)

// exponential holds what the exponentials need beside their argument.
type exponential struct {
	c     [7]operand.Op  // of f^0 .. f^6; where registers are short, in memory
	lead  reg.VecVirtual // c[6] in a register: Horner's rule starts with it
	magic reg.VecVirtual // AVX2: rounds, and leaves an exponent
}

// exponential loads the constants: 7 registers on AVX-512, 2 on AVX2.
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
	}
	return x
}

// polynomial emits y = 2^f by Horner's rule, 6 multiply-adds in one chain. A tree would be
// shorter, but other vectors fill the gaps, and Horner's rule needs the fewest registers.
func (e *emitter) polynomial(x exponential, f reg.VecVirtual) reg.VecVirtual {
	y := e.vec()
	e.VMOVAPS(x.lead, y)
	for i := 5; i >= 0; i-- {
		e.VFMADD213PS(x.c[i], f, y)
	}
	return y
}

// decaying holds what expOfMinus needs beside exponential's constants.
type decaying struct {
	hi  reg.VecVirtual // log2(e), on AVX-512 -log2(e)
	max reg.VecVirtual // AVX2: the argument from which on 2^n is 0
}

func (e *emitter) decaying() decaying {
	if e.hasMasks() {
		return decaying{hi: e.constantReg("minusLog2e", -float32(log2e))}
	}
	return decaying{hi: e.constantReg("log2eHi", float32(log2e)), max: e.constantReg("maxDecay", 88.03)} // times log2(e) 127
}

// expOfMinus emits e^-t for t >= 0, +Inf or NaN: softmax takes t = max - score, which one
// instruction loads and subtracts. hi = float32(log2 e) is too small by 1.3e-8 of itself.
//
// AVX-512 rounds x = -hi·t and has both halves as instructions: VREDUCEPS gives f = x - ⌊x⌋,
// VSCALEFPS y·2^⌊x⌋. The latter rounds once into the denormals and gives 0 for -Inf, NaN
// for NaN. Rounding x costs t ULP; but e^-t·t <= 1/e, so that in units of the largest weight,
// which is 1, it is less than half an ULP.
//
// AVX2 adds -hi·t to magic = 1.5·2^23 + 127 unrounded: the sum has no bits for a fraction,
// so that it is magic + n with n the nearest integer, and n + 127 is in its low bits.
// Subtracting magic gives n as a float32, exactly, and f = -hi·t - n, rounded once. Shifted
// by 23, n + 127 is 2^n. t is first lowered to at most 88.03, where these bits are 0 and 2^n
// is 0: results below 2^-126.5 are 0, and n + 127 never is negative.
func (e *emitter) expOfMinus(x exponential, d decaying, t reg.VecVirtual) reg.VecVirtual {
	if e.hasMasks() {
		arg, f := e.vec(), e.vec()
		e.VMULPS(d.hi, t, arg)
		e.VREDUCEPS(operand.U8(1|8), arg, f) // floor, no exception
		y := e.polynomial(x, f)
		e.VSCALEFPS(arg, y, y)
		return y
	}
	// The second source is what VMINPS returns beside a NaN: t.
	e.VMINPS(t, d.max, t)
	n, f := e.vec(), e.vec()
	e.VMOVAPS(x.magic, n)
	e.VFNMADD231PS(d.hi, t, n)
	e.VSUBPS(x.magic, n, f)
	e.VFNMSUB231PS(d.hi, t, f)
	y := e.polynomial(x, f)
	e.VPSLLD(operand.U8(23), n, n)
	e.VMULPS(n, y, y)
	return y
}

// exp emits e^x for x <= 0, -Inf or NaN, as 2^(n+f) with n whole, near x·log2(e):
//
//	f = (hi·x - n) + lo·x    hi = float32(log2 e), lo = log2 e - hi
//
// Rounding x·log2(e) to float32 before subtracting n would cost f up to |x| ULP. Both
// multiply-adds are fused: the first subtracts n from the unrounded product, the second
// adds what hi lacks of log2(e).
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
