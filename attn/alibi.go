package attn

import "math"

// ALiBiSlopes returns the slopes of the paper for any number of heads (Press et al.
// 2022, section 3): for a power of two n the geometric sequence that begins with
// 2^(-8/n) and has that ratio; for another count that of the power below it,
// followed by every other slope of the power above it.
func ALiBiSlopes(heads int) []float32 {
	if heads < 1 {
		return nil
	}
	slopes, power := make([]float32, 0, heads), 1
	for power*2 <= heads {
		power *= 2
	}
	for i := range power {
		slopes = append(slopes, float32(math.Exp2(-8*float64(i+1)/float64(power))))
	}
	for i := range heads - power {
		slopes = append(slopes, float32(math.Exp2(-4*float64(2*i+1)/float64(power))))
	}
	return slopes
}
