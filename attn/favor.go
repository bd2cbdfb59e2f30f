package attn

import (
	"math"
	"math/rand/v2"
)

// FavorProjection draws the rows w [m, d] of FAVOR+: blocks of d orthogonal rows,
// each as long as a Gaussian vector of its own, so that every row by itself is
// N(0, I) (Choromanski et al. 2021, section 2.4). It is a function of its arguments, nil
// where m or d is below 1 or their product overflows.
func FavorProjection(m, d, seed int) []float32 {
	if m < 1 || d < 1 || product(m, d) < 0 {
		return nil
	}
	rng := rand.New(rand.NewPCG(uint64(seed), 0x6661766f72))
	w := make([]float32, m*d)
	rows := make([][]float64, 0, d)
	for i := range m {
		if len(rows) == d {
			rows = rows[:0]
		}
		row, length := gaussian(rng, d)
		for {
			for range 2 { // twice is enough for rounding's sake
				for _, other := range rows {
					along := dot(row, other)
					for c := range row {
						row[c] -= along * other[c]
					}
				}
			}
			if norm := math.Sqrt(dot(row, row)); norm > 1e-6 {
				for c := range row {
					row[c] /= norm
				}
				break
			}
			row, _ = gaussian(rng, d)
		}
		rows = append(rows, row)
		for c, x := range row {
			w[i*d+c] = float32(x * length)
		}
	}
	return w
}

// gaussian draws a vector, and the length of another.
func gaussian(rng *rand.Rand, d int) (row []float64, length float64) {
	row = make([]float64, d)
	for c := range row {
		row[c] = rng.NormFloat64()
		x := rng.NormFloat64()
		length += x * x
	}
	return row, math.Sqrt(length)
}

func dot(x, y []float64) (sum float64) {
	for c := range x {
		sum += x[c] * y[c]
	}
	return sum
}
