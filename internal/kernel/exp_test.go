package kernel

import (
	"math"
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
