package kernel

// Variables, so that the compiler cannot know what the sums of peakGeneric come to.
var peakFactor, peakTerm float32 = 0.5, 1

// peakGeneric is the fastest plain multiply-add loop found. On an AMD EPYC without FMA
// 8, 10, 12, 13 and 14 sums made 9.2, 10.8, 13.5, 12.9 and 6.7 GFLOP/s: each sum waits 7
// cycles for its own multiply and add, which only many sums hide, and the 15 usable
// registers of amd64 do not hold 14. The form of the matrix kernels, a += x·y with 2 x 4
// products, made 3.8, as the compiler forms all products before it adds any. The sums
// tend to peakTerm/(1-peakFactor) = 2, so that none overflows or becomes denormal.
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
	// Never true, but the compiler cannot tell, so it must compute the sums.
	if a+b+c+d+e+f+g+h+i+j+k+l < 0 {
		return 0
	}
	return 2 * 12 * int64(rounds)
}
