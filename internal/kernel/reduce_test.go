package kernel

import (
	"math"
	"math/rand/v2"
	"testing"

	"attnbench/internal/guard"
)

func TestFinite(t *testing.T) {
	forSets(t, func(t *testing.T, set *Set, rng *rand.Rand) {
		for i, cols := range append([]int{127, 128, 200, 265}, sizes...) {
			x := matrix(rng, "x", 5, cols, cols+3, i%4)
			for r := range 4 {
				guard.Poison(x.Data()[r*x.ld+cols : (r+1)*x.ld]) // between the rows
			}
			x.Data()[0] = math.MaxFloat32
			if !set.Finite(x.Data(), x.ld, 5, cols) {
				t.Errorf("5 x %d finite numbers are said not to be", cols)
			}
			for c := range cols {
				bad := []float64{math.NaN(), math.Inf(1), math.Inf(-1)}[c%3]
				at := rng.IntN(5)*x.ld + c
				was := x.Data()[at]
				x.Data()[at] = float32(bad)
				if set.Finite(x.Data(), x.ld, 5, cols) {
					t.Errorf("%v at %d of 5 x %d is not seen", bad, at, cols)
				}
				x.Data()[at] = was
			}
			checkFences(t, x)
		}
	})
}

func TestMax(t *testing.T) {
	inf := float32(math.Inf(1))
	forSets(t, func(t *testing.T, set *Set, rng *rand.Rand) {
		for n := range 200 {
			x := matrix(rng, "x", 1, max(1, n), max(1, n), n%5)
			row := x.Data()[:n]
			for range n / 7 {
				row[rng.IntN(n)] = float32(math.NaN())
			}
			for _, floor := range []float32{-inf, 0, 0.5, 100} {
				if got, want := set.Max(row, floor), maxGeneric(row, floor); got != want {
					t.Fatalf("%d elements, floor %v: %v, want %v", n, floor, got, want)
				}
			}
			if n > 0 {
				row[n-1] = inf
				if got := set.Max(row, -inf); got != inf {
					t.Fatalf("%d elements with +Inf last: %v", n, got)
				}
				for i := range row {
					row[i] = float32(math.NaN())
				}
				if got := set.Max(row, -inf); got != -inf {
					t.Fatalf("%d elements of NaN: %v", n, got)
				}
			}
			checkFences(t, x)
		}
	})
}

// NaN on both sides of x shows up in the sum if it is read.
func TestSum(t *testing.T) {
	forSets(t, func(t *testing.T, set *Set, rng *rand.Rand) {
		if set.Sum == nil {
			t.Skip("not written for this set")
		}
		nan := float32(math.NaN())
		for n := range 200 {
			shift := n % 5
			data := make([]float32, n+shift+70)
			for i := range data {
				data[i] = nan
			}
			x := data[shift : shift+n]
			want, size := 0.0, 0.0
			for i := range x {
				x[i] = float32(rng.NormFloat64())
				want += float64(x[i])
				size += math.Abs(float64(x[i]))
			}
			near(t, "the sum", float64(set.Sum(x)), want, size, n)
		}
	})
}
