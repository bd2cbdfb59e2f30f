package kernel

import (
	"math"
	"math/rand/v2"
	"testing"

	"attnbench/internal/guard"
)

// A NaN in the V of a key changes no bit of the lanes that do not see the key, and it
// reaches those that do.
func TestNaNInAnInvisibleKeyReachesNoLane(t *testing.T) {
	forSets(t, func(t *testing.T, set *Set, rng *rand.Rand) {
		L := set.Lanes
		const keys, dv = 37, 41
		p, v := matrix(rng, "p", keys, L, L, 0), matrix(rng, "v", keys, dv, dv, 1)
		var queries [32]uint64
		for r := range L {
			queries[r] = rng.Uint64()
		}
		vis := NewVisibility(make([]float32, VisibilityFloats))
		vis.Set(&queries)
		set.Mask(p.Data(), vis, keys)
		for i, x := range p.Data() {
			if math.IsInf(float64(x), -1) {
				p.Data()[i] = 0
			}
		}
		alpha, strip := matrix(rng, "alpha", 1, L, L, 0), guard.New("strip", StripFloats, 0)
		clean, dirty := matrix(rng, "o", dv, L, L, 0), matrix(rng, "o", dv, L, L, 0)
		copy(dirty.Data(), clean.Data())
		set.PVMasked(clean.Data(), alpha.Data(), p.Data(), v.Data(), dv, keys, dv, 0, L, vis, strip.Data())
		for _, j := range []int{0, 20, keys - 1} {
			v.Data()[j*dv+dv-1] = float32(math.NaN())
		}
		set.PVMasked(dirty.Data(), alpha.Data(), p.Data(), v.Data(), dv, keys, dv, 0, L, vis, strip.Data())
		for r := range L {
			seen := (vis[0]|vis[20]|vis[keys-1])>>r&1 == 1
			if got := dirty.at(dv-1, r); math.IsNaN(got) != seen {
				t.Errorf("lane %d is %v; it sees a NaN: %v", r, got, seen)
			}
			if !seen {
				for c := range dv {
					if clean.at(c, r) != dirty.at(c, r) {
						t.Fatalf("lane %d sees no NaN and o[%d] moved from %v to %v", r, c, clean.at(c, r), dirty.at(c, r))
					}
				}
			}
		}
		if err := strip.Check(); err != nil {
			t.Error(err)
		}
	})
}
