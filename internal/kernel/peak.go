package kernel

// peakFactor and peakTerm are variables, so that peakGeneric holds them in
// registers and the compiler cannot know what its sums come to.
var peakFactor, peakTerm float32 = 0.5, 1

// peakFLOPs is a multiply and an add for each of peakGeneric's 12 sums.
const peakFLOPs = 2 * 12

// peakGeneric is the fastest plain multiply-add loop that was found. The sums move
// towards peakTerm/(1-peakFactor) = 2, so that they never overflow nor come near
// the denormals.
//
// What was tried, on one core of an AMD EPYC without FMA, medians of 200
// runs of 0.3 ms in GFLOP/s: a = a·x + y with 8, 10, 12, 13 and 14 sums made 9.2,
// 10.8, 13.5, 12.9 and 6.7. Each sum waits 7 cycles for its own multiply and add,
// which only many sums hide; with 14, two factors and amd64's 15 usable registers
// some go to memory. The form of the matrix kernels, a += x·y with 2 x 4 products
// of 6 registers, made 3.8: the compiler forms all products before it adds any,
// and 8 sums leave no registers for them. Built with FMA (GOAMD64=v3), 8 to 13
// sums made 12.5 to 13.3.
func peakGeneric(rounds int) int64 {
	x, y := peakFactor, peakTerm
	var a, b, c, d, e, f, g, h, i, j, k, l float32 = 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12
	for range rounds {
		a = a*x + y
		b = b*x + y
		c = c*x + y
		d = d*x + y
		e = e*x + y
		f = f*x + y
		g = g*x + y
		h = h*x + y
		i = i*x + y
		j = j*x + y
		k = k*x + y
		l = l*x + y
	}
	// Never so, but the compiler cannot tell, and so has to compute the sums.
	if a+b+c+d+e+f+g+h+i+j+k+l < 0 {
		return 0
	}
	return int64(rounds) * peakFLOPs
}
