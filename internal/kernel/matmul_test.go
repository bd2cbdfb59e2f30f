package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"attnbench/internal/guard"
)

// The only product, with all strides free and columns that are not whole vectors.
func TestMatmul(t *testing.T) {
	forSets(t, func(t *testing.T, set *Set, rng *rand.Rand) {
		for i := range 300 {
			rows, depth, cols := 1+rng.IntN(21), rng.IntN(40), 1+rng.IntN(75)
			whole := (cols + set.Width - 1) / set.Width * set.Width
			byColumns := i%2 == 0
			a := matrix(rng, "a", rows, max(1, depth), max(1, depth)+i%3, i%5)
			ars, aks := a.ld, 1
			if byColumns {
				a = matrix(rng, "a", max(1, depth), rows, rows+i%3, i%5)
				ars, aks = 1, a.ld
			}
			b, c := matrix(rng, "b", max(1, depth), cols, cols+i%4, i%3), matrix(rng, "c", rows, whole, whole+i%2, i%7)
			alpha := matrix(rng, "alpha", 1, whole, whole, i%4)
			before := append([]float32(nil), c.Data()...)
			var scale []float32
			if i%3 > 0 {
				scale = alpha.Data()
			}
			set.Matmul(c.Data(), c.ld, a.Data(), ars, aks, b.Data(), b.ld, rows, depth, cols, scale, Prefetch{b.Data(), i % 90, i % 70})
			for x := range rows {
				for y := range cols {
					var want, size float64
					if scale != nil {
						want = alpha.at(0, y) * float64(before[x*c.ld+y])
						size = math.Abs(want)
					}
					for k := range depth {
						term := float64(a.Data()[x*ars+k*aks]) * b.at(k, y)
						want += term
						size += math.Abs(term)
					}
					near(t, fmt.Sprintf("rows %d depth %d cols %d: c[%d, %d]", rows, depth, cols, x, y), c.at(x, y), want, size, depth+1)
				}
			}
			checkFences(t, a, b, c, alpha)
		}
	})
}

// What is past the columns of B must not be read: there may be NaN, or nothing.
func TestMatmulReadsNothingPastTheColumns(t *testing.T) {
	forSets(t, func(t *testing.T, set *Set, rng *rand.Rand) {
		for cols := 1; cols <= 2*set.Lanes+1; cols++ {
			a, b := matrix(rng, "a", 3, 5, 5, 0), matrix(rng, "b", 5, cols+3, cols+3, 0)
			whole := (cols + set.Width - 1) / set.Width * set.Width
			c := matrix(rng, "c", 3, whole, whole, 0)
			for k := range 5 {
				guard.Poison(b.Data()[k*b.ld+cols : (k+1)*b.ld])
			}
			set.Matmul(c.Data(), c.ld, a.Data(), a.ld, 1, b.Data()[:4*b.ld+cols], b.ld, 3, 5, cols, nil, Prefetch{})
			for x := range 3 {
				for y := range cols {
					if math.IsNaN(c.at(x, y)) {
						t.Fatalf("cols %d: c[%d, %d] is NaN", cols, x, y)
					}
				}
			}
			checkFences(t, a, b, c)
		}
	})
}

// Lanes outside the span that QK and PV are given keep their bits.
func TestProductsOfPartOfThePanel(t *testing.T) {
	forSets(t, func(t *testing.T, set *Set, rng *rand.Rand) {
		L, w := set.Lanes, max(4, set.Width)
		const keys, d = 13, 9
		for from := 0; from < L; from += w {
			for n := w; from+n <= L; n += w {
				qt, k := matrix(rng, "qt", d, L, L, 0), matrix(rng, "k", keys, d, d, 1)
				whole, part := matrix(rng, "whole", keys, L, L, 0), matrix(rng, "part", keys, L, L, 0)
				before := append([]float32(nil), part.Data()...)
				set.QK(whole.Data(), qt.Data(), k.Data(), k.ld, keys, d, L, Prefetch{})
				set.QK(part.Data()[from:], qt.Data()[from:], k.Data(), k.ld, keys, d, n, Prefetch{})
				for j := range keys {
					for r := range L {
						want := before[j*L+r]
						if r >= from && r < from+n {
							want = whole.Data()[j*L+r]
						}
						if got := part.Data()[j*L+r]; got != want {
							t.Fatalf("lanes %d..%d: s[%d, %d] is %v: want %v", from, from+n, j, r, got, want)
						}
					}
				}
				checkFences(t, qt, k, whole, part)
			}
		}
	})
}
