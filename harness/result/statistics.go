package result

import "slices"

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
