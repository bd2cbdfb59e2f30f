package visit

import (
	"slices"
	"strconv"
)

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
