package verdict

import (
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat"
)

const (
	minFloor = 4  // anchors: two halves of two
	maxBlock = 12 // two halves of 6, as a default run has of a point
	halvings = 1000
)

// floor is the noise floor: 95 of 100 random halvings of the visits to one point have medians
// that differ by less than this share; 0 where there are too few. Only visits that followed
// each other are halved, so that drift over the run counts no more than it does between two
// points whose visits took turns.
func floor(times []int64) float64 {
	blocks := (len(times) + maxBlock - 1) / maxBlock
	if len(times) < minFloor {
		return 0
	}
	rng := rand.New(rand.NewPCG(1, 2))
	var apart []float64
	for b := range blocks {
		block := slices.Clone(times[b*len(times)/blocks : (b+1)*len(times)/blocks])
		for range halvings {
			rng.Shuffle(len(block), func(i, j int) { block[i], block[j] = block[j], block[i] })
			half := len(block) / 2
			a, b := Over(block[:half]), Over(block[half:2*half])
			apart = append(apart, math.Abs(math.Log(a.Median/b.Median)))
		}
	}
	slices.Sort(apart)
	return math.Expm1(stat.Quantile(0.95, stat.Empirical, apart, nil))
}
