package harness

import (
	"math"
	"slices"
	"strconv"
)

// median of at least one number; of an even count, the mean of the middle two.
func median(x []int64) int64 {
	s := slices.Sorted(slices.Values(x))
	n := len(s)
	return (s[(n-1)/2] + s[n/2]) / 2
}

// p99 is the 99th percentile of at least one number, by nearest rank.
func p99(x []int64) int64 {
	s := slices.Sorted(slices.Values(x))
	return s[(99*len(s)+99)/100-1]
}

// rounded keeps 4 significant digits; the clock's drift makes more meaningless.
func rounded(x float64) float64 {
	y, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 4, 64), 64)
	return y
}

// gflops is a rate in GFLOP/s with three decimals; 0 without a time.
func gflops(flops, ns int64) float64 {
	if ns <= 0 {
		return 0
	}
	return math.Round(float64(flops)/float64(ns)*1000) / 1000
}

func perSecond(tokens int, ns int64) float64 {
	return rounded(float64(tokens) / float64(max(ns, 1)) * 1e9)
}
