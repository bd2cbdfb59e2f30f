package kernel

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestExp2Error(t *testing.T) {
	worst := 0.0
	for x := float32(-126); x < 128; x += 0.00237 {
		want := math.Exp2(float64(x))
		f := float32(want)
		ulp := float64(math.Nextafter32(f, math.MaxFloat32)) - float64(f)
		worst = max(worst, math.Abs(float64(Exp2(x))-want)/ulp)
	}
	if !(worst <= 1.2) {
		t.Errorf("worst error %.3f ULP: want at most 1.2", worst)
	}
	t.Logf("worst error %.3f ULP", worst)
}

func TestExp2IntoTheDenormals(t *testing.T) {
	for x := float32(-149); x < -126; x += 0.0137 {
		want := math.Exp2(float64(x))
		if got := float64(Exp2(x)); math.Abs(got-want) > 1.5*math.SmallestNonzeroFloat32 {
			t.Fatalf("Exp2(%v) = %g: want %g", x, got, want)
		}
	}
}

func TestExp2AtTheEdges(t *testing.T) {
	inf := float32(math.Inf(1))
	for _, c := range []struct{ x, want float32 }{
		{0, 1}, {float32(math.Copysign(0, -1)), 1}, {1, 2}, {-1, 0.5}, {127, 0x1p127}, {-126, 0x1p-126}, {-149, 0x1p-149},
		{128, inf}, {1e30, inf}, {inf, inf}, {-151, 0}, {-1e30, 0}, {-inf, 0},
	} {
		if got := Exp2(c.x); got != c.want {
			t.Errorf("Exp2(%v) = %v: want %v", c.x, got, c.want)
		}
	}
	if got := Exp2(float32(math.NaN())); got == got {
		t.Errorf("Exp2(NaN) = %v", got)
	}
}

// ulps is the distance of got from want in units of the last place of want.
func ulps(got float32, want float64) float64 {
	f := float32(want)
	return math.Abs(float64(got)-want) / (float64(math.Nextafter32(f, math.MaxFloat32)) - float64(f))
}

// The exponentials inside Softmax and EluPlus1 are within 2 ULP of the real ones
// wherever the result is a normal number, and between 0 and that number below.
func TestExponentialsOfEverySet(t *testing.T) {
	forSets(t, func(t *testing.T, set *Set, _ *rand.Rand) {
		const keys = 64
		L := set.Lanes
		s, m, l, alpha := make([]float32, keys*L), make([]float32, L), make([]float32, L), make([]float32, L)
		x := make([]float32, keys*L)
		var worst, worstElu, at, atElu float64
		for round := range 300 {
			for i := range x {
				x[i] = -130 * float32(round*len(x)+i) / float32(300*len(x))
			}
			copy(s, x)
			clear(m)
			clear(l)
			set.Softmax(s, m, l, alpha, keys)
			for i, p := range s {
				want := math.Exp2(float64(x[i]))
				if want < 0x1p-126 {
					if !(p >= 0 && p <= 0x1p-126) {
						t.Fatalf("2^%v is %v", x[i], p)
					}
				} else if u := ulps(p, want); !(u <= worst) {
					worst, at = u, float64(x[i])
				}
			}
			set.EluPlus1(s, x)
			for i, p := range s {
				want := math.Exp(float64(x[i]))
				if want < 0x1p-126 {
					if !(p >= 0 && p <= 0x1p-126) {
						t.Fatalf("e^%v is %v", x[i], p)
					}
				} else if u := ulps(p, want); !(u <= worstElu) {
					worstElu, atElu = u, float64(x[i])
				}
			}
		}
		t.Logf("2^x is off by at most %.2f ULP (at %v), e^x by %.2f (at %v)", worst, at, worstElu, atElu)
		if !(worst <= 2 && worstElu <= 2) {
			t.Error("more than 2 ULP")
		}
	})
}
