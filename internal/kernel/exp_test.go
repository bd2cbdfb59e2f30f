package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestExpError(t *testing.T) {
	worst := 0.0
	for x := float32(-87.3); x < 88.7; x += 0.00164 {
		worst = max(worst, ulps(Exp(x), math.Exp(float64(x))))
	}
	if !(worst <= 1.3) {
		t.Errorf("worst error %.3f ULP: want at most 1.3", worst)
	}
	t.Logf("worst error %.3f ULP", worst)
}

func TestExpIntoTheDenormals(t *testing.T) {
	for x := float32(-103.9); x < -87.3; x += 0.0137 {
		want := math.Exp(float64(x))
		if got := float64(Exp(x)); math.Abs(got-want) > 1.5*math.SmallestNonzeroFloat32 {
			t.Fatalf("Exp(%v) = %g: want %g", x, got, want)
		}
	}
}

func TestExpAtTheEdges(t *testing.T) {
	inf := float32(math.Inf(1))
	for _, c := range []struct{ x, want float32 }{
		{0, 1}, {float32(math.Copysign(0, -1)), 1}, {1, math.E}, {-1, 1 / math.E}, {88, 0x1.f1056ep126}, {-103.5, 0x1p-149},
		{89, inf}, {1e30, inf}, {inf, inf}, {-104, 0}, {-1e30, 0}, {-inf, 0},
	} {
		if got := Exp(c.x); got != c.want {
			t.Errorf("Exp(%v) = %v: want %v", c.x, got, c.want)
		}
	}
	if got := Exp(float32(math.NaN())); got == got {
		t.Errorf("Exp(NaN) = %v", got)
	}
}

// ulps is the distance of got from want in units of the last place of want.
func ulps(got float32, want float64) float64 {
	f := float32(want)
	return math.Abs(float64(got)-want) / (float64(math.Nextafter32(f, math.MaxFloat32)) - float64(f))
}

// The exponentials inside Softmax and EluPlus1 are within 2 ULP of the real ones wherever
// the result is a normal number, and between 0 and that number below. That of Softmax may
// round log2(e) and its product x·log2(e) besides, 1.25·|x| ULP together: as e^x·|x| <= 1/e,
// less than half an ULP of the largest weight.
func TestExponentialsOfEverySet(t *testing.T) {
	forSets(t, func(t *testing.T, set *Set, _ *rand.Rand) {
		const keys = 64
		L := set.Lanes
		s, m, l, alpha := make([]float32, keys*L), make([]float32, L), make([]float32, L), make([]float32, L)
		x := make([]float32, keys*L)
		var worst, worstElu, at, atElu float64
		for round := range 300 {
			for i := range x {
				x[i] = -90 * float32(round*len(x)+i) / float32(300*len(x))
			}
			copy(s, x)
			clear(m)
			clear(l)
			set.Softmax(s, m, l, alpha, keys)
			softmax := append([]float32(nil), s...)
			set.EluPlus1(s, x)
			for i, y := range x {
				want := math.Exp(float64(y))
				if want < 0x1p-126 {
					if p, e := softmax[i], s[i]; !(p >= 0 && p <= 0x1p-126 && e >= 0 && e <= 0x1p-126) {
						t.Fatalf("e^%v is %v, and %v in EluPlus1", y, p, e)
					}
					continue
				}
				if u := ulps(softmax[i], want) - 1.25*math.Abs(float64(y)); !(u <= worst) {
					worst, at = u, float64(y)
				}
				if u := ulps(s[i], want); !(u <= worstElu) {
					worstElu, atElu = u, float64(y)
				}
			}
		}
		t.Logf("e^x is off by at most %.2f + 1.25|x| ULP (at %v), that of EluPlus1 by %.2f (at %v)", worst, at, worstElu, atElu)
		if !(worst <= 2 && worstElu <= 2) {
			t.Error("more than 2 ULP")
		}
	})
}
