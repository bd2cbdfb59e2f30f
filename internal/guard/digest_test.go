package guard

import (
	"math"
	"slices"
	"testing"
)

func signed(flipped bool, rows ...[]float32) uint64 {
	var d Signed
	d.Reset(flipped)
	for _, row := range rows {
		d.Add(row)
	}
	return d.Sum()
}

// A digest of flipped signs must tell exact negations from everything else, even where
// an even number of signs is wrong.
func TestSignedDigestsAreOfExactNegations(t *testing.T) {
	x := make([]float32, 3*signedBlock+5)
	Refill(x, 7)
	x[3], x[4], x[5] = 0, float32(math.Inf(1)), float32(math.NaN())
	y := make([]float32, len(x))
	for i := range x {
		y[i] = -x[i]
	}
	want := signed(false, x)
	if y[3] = 0; signed(true, y) != want {
		t.Error("-x with 0 for -0 is no negation")
	}
	if signed(true, y[:100], y[100:]) != want {
		t.Error("the digest depends on how the rows are cut")
	}
	if signed(false, y) == want || signed(true, x) == want {
		t.Error("signs do not matter")
	}
	for _, spoil := range []func(z []float32){
		func(z []float32) { z[0], z[1] = -z[0], -z[1] },
		func(z []float32) { z[10], z[12] = -z[10], -z[12] },
		func(z []float32) { z[len(z)-1] = math.Nextafter32(z[len(z)-1], 0) },
		func(z []float32) { z[0], z[1] = z[1], z[0] },
		func(z []float32) { z[3] = math.SmallestNonzeroFloat32 },
	} {
		z := slices.Clone(y)
		if spoil(z); signed(true, z) == want {
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

func BenchmarkSigned(b *testing.B) {
	x := make([]float32, 1<<20)
	Refill(x, 1)
	for _, name := range []string{"refill", "signed", "digest"} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(4 << 20)
			for range b.N {
				switch name {
				case "refill":
					Refill(x, 3)
				case "signed":
					signed(false, x)
				case "digest":
					Digest(x)
				}
			}
		})
	}
}
