package result

import (
	"slices"
	"strconv"
)

// Median is the median of at least one number; of an even count, the mean of the middle
// two.
func Median(x []int64) int64 {
	lo, hi := middle(x)
	return lo + (hi-lo)/2
}

// middle are the two numbers, or twice the one number, in the middle of at least one.
func middle(x []int64) (lo, hi int64) {
	s := slices.Sorted(slices.Values(x))
	return s[(len(s)-1)/2], s[len(s)/2]
}

// P99 is the 99th percentile of at least one number, by nearest rank.
func P99(x []int64) int64 {
	s := slices.Sorted(slices.Values(x))
	return s[(99*len(s)+99)/100-1]
}

// Rounded keeps 4 significant digits; the clock's drift makes more meaningless.
func Rounded(x float64) float64 {
	y, _ := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 4, 64), 64)
	return y
}
