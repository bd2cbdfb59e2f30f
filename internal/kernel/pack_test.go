package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"attnbench/internal/guard"
)

func TestPackQK(t *testing.T) {
	forSets(t, func(t *testing.T, set *Set, rng *rand.Rand) {
		L := set.Lanes
		for i, keys := range sizes {
			d, rows, shift := sizes[(i*5+3)%len(sizes)], 1+i%L, i%5
			q, k := matrix(rng, "q", rows, d, d+i%3, shift), matrix(rng, "k", keys, d, d+i%4, shift+1)
			qt, s := matrix(rng, "qt", d, L, L, shift+2), matrix(rng, "s", keys, L, L, shift+3)
			guard.Poison(qt.Data())
			guard.Poison(s.Data())
			set.Pack(qt.Data(), q.Data(), q.ld, rows, d, 0.5)
			for c := range d {
				for r := range L {
					want := 0.0
					if r < rows {
						want = 0.5 * q.at(r, c)
					}
					if qt.at(c, r) != want {
						t.Fatalf("qt[%d, %d] is %v: want %v", c, r, qt.at(c, r), want)
					}
				}
			}
			set.QK(s.Data(), qt.Data(), k.Data(), k.ld, keys, d, L, Prefetch{})
			for j := range keys {
				for r := range L {
					var want, size float64
					for c := range d {
						want += k.at(j, c) * qt.at(c, r)
						size += math.Abs(k.at(j, c) * qt.at(c, r))
					}
					near(t, fmt.Sprintf("keys %d d %d: s[%d, %d]", keys, d, j, r), s.at(j, r), want, size, d)
				}
			}
			checkFences(t, q, k, qt, s)
		}
	})
}

func TestPVUnpack(t *testing.T) {
	forSets(t, func(t *testing.T, set *Set, rng *rand.Rand) {
		L := set.Lanes
		for i, keys := range sizes {
			dv, rows, shift := sizes[(i*3+1)%len(sizes)], 1+i%L, i%5
			p, v := matrix(rng, "p", keys, L, L, shift), matrix(rng, "v", keys, dv, dv+i%4, shift+1)
			o, alpha := matrix(rng, "o", dv, L, L, shift+2), matrix(rng, "alpha", 1, L, L, shift+3)
			before := append([]float32(nil), o.Data()...)
			set.PV(o.Data(), alpha.Data(), p.Data(), v.Data(), v.ld, keys, dv, L, Prefetch{})
			for c := range dv {
				for r := range L {
					want := alpha.at(0, r) * float64(before[c*L+r])
					size := math.Abs(want)
					for j := range keys {
						want += p.at(j, r) * v.at(j, c)
						size += math.Abs(p.at(j, r) * v.at(j, c))
					}
					near(t, fmt.Sprintf("keys %d dv %d: o[%d, %d]", keys, dv, c, r), o.at(c, r), want, size, keys)
				}
			}
			out := matrix(rng, "out", rows, dv, dv+i%3, shift)
			alpha.Data()[0] = 0 // a factor of 0 stores 0 whatever o holds
			o.Data()[0] = float32(math.NaN())
			set.Unpack(out.Data(), out.ld, o.Data(), alpha.Data(), rows, dv)
			for r := range rows {
				for c := range dv {
					want := float32(0)
					if r > 0 {
						want = o.Data()[c*L+r] * alpha.Data()[r]
					}
					if got := out.Data()[r*out.ld+c]; got != want {
						t.Fatalf("out[%d, %d] is %v: want %v", r, c, got, want)
					}
				}
			}
			checkFences(t, p, v, o, alpha, out)
		}
	})
}
