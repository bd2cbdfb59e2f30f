package amd64

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// exp2 and exp share their second half. An argument is split as n + f, n whole, and
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

// exponential holds what exp2 and exp need beside their argument.
type exponential struct {
	c     [7]operand.Op  // of f^0 .. f^6; where registers are short, in memory
	lead  reg.VecVirtual // c[6] in a register: Horner's rule starts with it
	magic reg.VecVirtual // AVX2: rounds, and leaves an exponent
	min   reg.VecVirtual // AVX2: the argument of which 2^n is 0
}

// exponential loads the constants: 7 registers on AVX-512, 3 on AVX2.
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
		x.min = e.constantReg("minExp2", -127)
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

// exp2 emits 2^x for x <= 0, -Inf or NaN.
//
// AVX-512 has both halves as instructions: VREDUCEPS gives f = x - ⌊x⌋, VSCALEFPS y·2^⌊x⌋.
// The latter rounds once into the denormals and gives 0 for -Inf, NaN for NaN.
//
// AVX2 adds magic = 1.5·2^23 + 127: the sum has no bits for a fraction, so that it is
// magic + n with n the nearest integer, and n + 127 is in its low bits. Subtracting magic
// gives n as a float32, exactly, and f = x - n. Shifted by 23, n + 127 is 2^n. x is first
// raised to at least -127, where these bits are 0 and 2^n is 0: results below 2^-126.5 are
// 0, and n + 127 never is negative.
func (e *emitter) exp2(x exponential, arg reg.VecVirtual) reg.VecVirtual {
	f := e.vec()
	if e.hasMasks() {
		e.VREDUCEPS(operand.U8(1|8), arg, f) // floor, no exception
		y := e.polynomial(x, f)
		e.VSCALEFPS(arg, y, y)
		return y
	}
	// The second source is what VMAXPS returns beside a NaN: x.
	e.VMAXPS(arg, x.min, arg)
	n := e.vec()
	e.VADDPS(x.magic, arg, n)
	e.VSUBPS(x.magic, n, f)
	e.VSUBPS(f, arg, f)
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
