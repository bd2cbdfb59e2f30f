package kernel

import "math"

// Exp is e^x in float32, within 1.3 ULP (measured). x·log2(e) = n + f with n the nearest
// integer. The product is a float64, as its rounding in float32 would cost |x| ULP. -Inf
// gives 0, overflow and +Inf give +Inf, NaN gives NaN.
func Exp(x float32) float32 {
	const floor = -104 // e^floor is below half of the smallest denormal
	if !(x > floor && x < 88.7) {
		switch {
		case x <= floor:
			return 0
		case x > 0:
			return float32(math.Inf(1))
		}
		return x
	}
	t := float64(x) * math.Log2E
	n := nearest(float32(t))
	return scaled(float32(t-float64(n)), int32(n))
}

func nearest(x float32) float32 {
	const toInteger = 1.5 * (1 << 23) // adding it leaves the nearest integer in the low bits
	return float32(x+toInteger) - toInteger
}

// scaled is 2^(f+e). 2^f is the polynomial of degree 6 that minimises the
// relative error on [-1/2, 1/2] among those with p(0) = 1 (2e-9, far below half a
// ULP, so that only the evaluation rounds); then two scalings by powers of two, of
// which only the second can round, into the denormals.
func scaled(f float32, e int32) float32 {
	y := float32(0x1.41fbbcp-13)
	y = y*f + 0x1.5f3e54p-10
	y = y*f + 0x1.3b2d4cp-7
	y = y*f + 0x1.c6aee8p-5
	y = y*f + 0x1.ebfbdcp-3
	y = y*f + 0x1.62e43p-1
	y = y*f + 1
	half := e >> 1
	return y * powerOfTwo(half) * powerOfTwo(e-half)
}

// powerOfTwo is 2^e for the exponents of normal numbers.
func powerOfTwo(e int32) float32 { return math.Float32frombits(uint32(e+127) << 23) }
