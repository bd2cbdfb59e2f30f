package guard

import (
	"math"
	"slices"
	"testing"
)

func scaled(by float32, rows ...[]float32) uint64 {
	var d Scaled
	d.Reset(by)
	for _, row := range rows {
		d.Add(row)
	}
	return d.Sum()
}

// A digest must tell exact multiples by a power of two from everything else, even where an
// even number of signs is wrong.
func TestScaledDigestsAreOfExactMultiples(t *testing.T) {
	x := make([]float32, 3*scaledBlock+5)
	Refill(x, 7)
	x[3], x[4], x[5] = 0, float32(math.Inf(1)), float32(math.NaN())
	y := make([]float32, len(x))
	for i := range x {
		y[i] = -4 * x[i]
	}
	want := scaled(1, x)
	if y[3] = 0; scaled(-0.25, y) != want {
		t.Error("-4x with 0 for -0 is no multiple")
	}
	if scaled(-0.25, y[:100], y[100:]) != want {
		t.Error("the digest depends on how the rows are cut")
	}
	if scaled(0.25, y) == want || scaled(-1, x) == want {
		t.Error("signs do not matter")
	}
	for _, spoil := range []func(z []float32){
		func(z []float32) { z[0], z[1] = -z[0], -z[1] },
		func(z []float32) { z[10], z[12] = -z[10], -z[12] },
		func(z []float32) { z[len(z)-1] = math.Nextafter32(z[len(z)-1], 0) },
		func(z []float32) { z[0], z[1] = z[1], z[0] },
		func(z []float32) { z[3] = 0x1p-140 },
	} {
		z := slices.Clone(y)
		if spoil(z); scaled(-0.25, z) == want {
			t.Error("a change is not seen")
		}
	}
}

func TestRefillIsFiniteAndFresh(t *testing.T) {
	x, y := make([]float32, 1000), make([]float32, 1000)
	Refill(x, 1)
	Refill(y, 2)
	seen := map[float32]bool{}
	for i := range x {
		seen[x[i]] = true
		if a := math.Abs(float64(x[i])); !(a >= 1 && a < 2) || x[i] == y[i] {
			t.Fatalf("element %d is %g, then %g", i, x[i], y[i])
		}
	}
	if len(seen) < 990 {
		t.Errorf("%d different numbers of 1000", len(seen))
	}
}

func BenchmarkScaled(b *testing.B) {
	x := make([]float32, 1<<20)
	Refill(x, 1)
	for _, name := range []string{"refill", "scaled", "digest"} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(4 << 20)
			for range b.N {
				switch name {
				case "refill":
					Refill(x, 3)
				case "scaled":
					scaled(1, x)
				case "digest":
					Digest(x)
				}
			}
		})
	}
}
