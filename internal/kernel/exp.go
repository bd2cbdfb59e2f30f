package kernel

import "math"

// Exp2 is 2^x in float32, within 1.2 ULP (measured): x = n + f with n the nearest integer,
// 2^f by the polynomial of degree 6 that minimises the relative error on
// [-1/2, 1/2] among those with p(0) = 1 (2e-9, far below half a ULP, so that only
// the evaluation rounds), then two scalings by powers of two, of which only the
// second can round, into the denormals.
// -Inf gives 0, overflow and +Inf give +Inf, NaN gives NaN.
func Exp2(x float32) float32 {
	if !(x > -150 && x < 128) {
		return exp2Edge(x)
	}
	const toInteger = 1.5 * (1 << 23) // adding it leaves the nearest integer in the low bits
	n := float32(x+toInteger) - toInteger
	f := x - n
	y := float32(0x1.41fbbcp-13)
	y = y*f + 0x1.5f3e54p-10
	y = y*f + 0x1.3b2d4cp-7
	y = y*f + 0x1.c6aee8p-5
	y = y*f + 0x1.ebfbdcp-3
	y = y*f + 0x1.62e43p-1
	y = y*f + 1
	e := int32(n)
	half := e >> 1
	return y * powerOfTwo(half) * powerOfTwo(e-half)
}

func exp2Edge(x float32) float32 {
	switch {
	case x <= -150:
		return 0
	case x >= 128:
		return float32(math.Inf(1))
	}
	return x
}

// powerOfTwo is 2^e for the exponents of normal numbers.
func powerOfTwo(e int32) float32 { return math.Float32frombits(uint32(e+127) << 23) }
