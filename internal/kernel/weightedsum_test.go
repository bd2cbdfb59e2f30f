package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

func TestWeightedSum(t *testing.T) {
	forSets(t, func(t *testing.T, set *Set, rng *rand.Rand) {
		for i := range 400 {
			heads, keys, dv := 1+rng.IntN(9), 1+rng.IntN(21), 1+rng.IntN(140)
			whole := (dv + set.Width - 1) / set.Width * set.Width
			o, alpha := matrix(rng, "o", heads, whole, whole+i%3, i%4), matrix(rng, "alpha", 1, heads, heads, i%3)
			p, v := matrix(rng, "p", heads, keys, keys+i%2, i%5), matrix(rng, "v", keys, dv, dv+i%4, i%7)
			before := append([]float32(nil), o.Data()...)
			set.WeightedSum(o.Data(), o.ld, make([]float32, heads*whole), alpha.Data(), p.Data(), p.ld, v.Data(), v.ld, heads, keys, dv)
			for r := range heads {
				for c := range dv {
					want := alpha.at(0, r) * float64(before[r*o.ld+c])
					size := math.Abs(want)
					for j := range keys {
						term := p.at(r, j) * v.at(j, c)
						want, size = want+term, size+math.Abs(term)
					}
					near(t, fmt.Sprintf("heads %d keys %d dv %d: o[%d, %d]", heads, keys, dv, r, c), o.at(r, c), want, size, keys)
				}
			}
			checkFences(t, o, alpha, p, v)
		}
	})
}
