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

func TestVisibilityLanes(t *testing.T) {
	vis := Visibility{0, 1 << 3, 1<<20 | 1<<9, 0, 1 << 31}
	for _, c := range []struct{ width, j0, j1, from, n int }{
		{16, 0, 1, 0, 0}, {16, 0, 2, 0, 16}, {8, 2, 3, 8, 16}, {16, 2, 3, 0, 32}, {8, 3, 5, 24, 8}, {1, 1, 3, 3, 18},
	} {
		if from, n := vis.Lanes(c.width, c.j0, c.j1); from != c.from || n != c.n {
			t.Errorf("keys %d..%d by %d: lanes %d+%d: want %d+%d", c.j0, c.j1, c.width, from, n, c.from, c.n)
		}
	}
}
