package kernel

import (
	"math"
	"math/rand/v2"
	"testing"

	"attnbench/internal/guard"
)

func TestMaskAgreesWithTheBits(t *testing.T) {
	forSets(t, func(t *testing.T, set *Set, rng *rand.Rand) {
		L := set.Lanes
		for _, keys := range sizes {
			var queries [32]uint64
			for r := range queries {
				queries[r] = rng.Uint64() & rng.Uint64()
			}
			words := queries
			vis := NewVisibility(guard.New("vis", VisibilityFloats, 1).Data())
			vis.Set(&queries)
			s := matrix(rng, "s", keys, L, L, keys%5)
			s.Data()[0] = float32(math.NaN())
			before := append([]float32(nil), s.Data()...)
			set.Mask(s.Data(), vis, keys)
			for j := range keys {
				for r := range L {
					want := before[j*L+r]
					if words[r]>>j&1 == 0 {
						want = float32(math.Inf(-1))
					}
					if got := s.Data()[j*L+r]; math.Float32bits(got) != math.Float32bits(want) {
						t.Fatalf("keys %d: s[%d, %d] is %v: want %v", keys, j, r, got, want)
					}
				}
			}
			checkFences(t, s)
		}
	})
}
