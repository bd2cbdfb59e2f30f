package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

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

// What the sets make of scores that are not finite is what generic makes of them:
// the same statistics and weights, by class, for +Inf, NaN of any payload, lanes
// of nothing but -Inf, and denormals.
func TestSoftmaxOfExtremesAgreesWithGeneric(t *testing.T) {
	inf := float32(math.Inf(1))
	columns := [][4]float32{
		{-inf, -inf, -inf, -inf}, {1, -inf, 2, -inf}, {inf, 1, -inf, 0}, {inf, inf, 1, 2},
		{float32(math.NaN()), 1, 2, 3}, {math.Float32frombits(0x7fe0f3cc), -inf, 0, 1},
		{1e-45, -1e-45, 0, 1e-38}, {-1e38, 1e38, 0, 1}, {-3e38, -3e38, -inf, -3e38}, {0, -126, -127, -150},
	}
	class := func(x float32) string {
		switch {
		case x != x:
			return "NaN"
		case x > math.MaxFloat32:
			return "+Inf"
		case x < -math.MaxFloat32:
			return "-Inf"
		}
		return "finite"
	}
	run := func(set *Set, column [4]float32) (out [4 + 2]float32) {
		L := set.Lanes
		s, m, l, alpha := make([]float32, 4*L), make([]float32, L), make([]float32, L), make([]float32, L)
		for r := range L {
			m[r] = -inf
			for j, x := range column {
				s[j*L+r] = x
			}
		}
		set.Softmax(s, m, l, alpha, 4)
		for j := range 4 {
			out[j] = s[j*L+L-1]
		}
		out[4], out[5] = l[L-1], alpha[L-1]
		return out
	}
	forSets(t, func(t *testing.T, set *Set, _ *rand.Rand) {
		for _, column := range columns {
			want, got := run(&generic, column), run(set, column)
			nan := class(want[4]) == "NaN" // the whole lane is lost; where the NaN entered first is free
			for i := range want {
				if nan && i != 4 {
					continue
				}
				if class(got[i]) != class(want[i]) || class(want[i]) == "finite" && math.Abs(float64(got[i]-want[i])) > 1e-6*math.Abs(float64(want[i]))+0x1p-126 {
					t.Errorf("scores %v: element %d is %v, generic has %v", column, i, got[i], want[i])
				}
			}
		}
	})
}

// Every length and alignment, also in place, with what arithmetic stumbles over.
func TestEluPlus1OfEveryLength(t *testing.T) {
	forSets(t, func(t *testing.T, set *Set, rng *rand.Rand) {
		for n := 1; n < 90; n++ {
			src, dst := matrix(rng, "src", 1, n, n, n%5), matrix(rng, "dst", 1, n, n, n%3)
			for i := range src.Data() {
				src.Data()[i] *= 30
			}
			awkward(rng, src.Data())
			before := append([]float32(nil), src.Data()...)
			set.EluPlus1(dst.Data(), src.Data())
			set.EluPlus1(src.Data(), src.Data())
			for i, x := range before {
				want := float64(x) + 1
				if x <= 0 {
					want = math.Exp(float64(x))
				}
				for _, got := range []float64{dst.at(0, i), src.at(0, i)} {
					if math.IsNaN(want) != math.IsNaN(got) || !math.IsNaN(want) && got != want &&
						!(math.Abs(got-want) <= 2e-7*math.Abs(want)+0x1p-126) {
						t.Fatalf("%d elements: phi(%v) = %v: want %v", n, x, got, want)
					}
				}
			}
			checkFences(t, src, dst)
		}
	})
}

// One step over every small number of keys, from finite statistics.
func TestSoftmaxOfEveryLength(t *testing.T) {
	forSets(t, func(t *testing.T, set *Set, rng *rand.Rand) {
		L := set.Lanes
		for keys := 1; keys < 35; keys++ {
			s, m := matrix(rng, "s", keys, L, L, keys%4), matrix(rng, "m", 1, L, L, keys%3)
			l, alpha := matrix(rng, "l", 1, L, L, 0), matrix(rng, "alpha", 1, L, L, 1)
			scores, old, sums := append([]float32(nil), s.Data()...), append([]float32(nil), m.Data()...), append([]float32(nil), l.Data()...)
			set.Softmax(s.Data(), m.Data(), l.Data(), alpha.Data(), keys)
			for r := range L {
				top := float64(old[r])
				for j := range keys {
					top = math.Max(top, float64(scores[j*L+r]))
				}
				want, size := float64(sums[r])*math.Exp2(float64(old[r])-top), math.Abs(float64(sums[r]))
				for j := range keys {
					p := math.Exp2(float64(scores[j*L+r]) - top)
					near(t, fmt.Sprintf("%d keys: weight %d of lane %d", keys, j, r), s.at(j, r), p, 1, 1)
					want, size = want+p, size+p
				}
				near(t, fmt.Sprintf("%d keys: sum of lane %d", keys, r), l.at(0, r), want, size, keys)
				if m.at(0, r) != top {
					t.Fatalf("%d keys: maximum of lane %d is %v: want %v", keys, r, m.at(0, r), top)
				}
			}
			checkFences(t, s, m, l, alpha)
		}
	})
}

// ScaledExp is that of a linear function, of either sign, up to overflow and beyond.
func TestScaledExp(t *testing.T) {
	forSets(t, func(t *testing.T, set *Set, rng *rand.Rand) {
		for n := 1; n < 100; n++ {
			const scale, shift, factor = 0.75, -1.5, 0.125
			x := matrix(rng, "x", 1, n, n, n%5)
			for i := range n {
				x.Data()[i] *= 30
			}
			before := append([]float32(nil), x.Data()...)
			set.ScaledExp(x.Data(), scale, shift, factor)
			for i, y := range before {
				arg := scale*float64(y) + shift
				if math.Exp(arg) < 0x1p-120 { // factor makes a denormal of it, perhaps from one
					if got := x.at(0, i); math.Abs(got-factor*math.Exp(arg)) > 0x1p-148 {
						t.Fatalf("%v·e^%v is %v", factor, arg, got)
					}
					continue
				}
				// The argument is rounded to float32 before the exponential is taken.
				near(t, fmt.Sprintf("element %d of %d", i, n), x.at(0, i), factor*math.Exp(arg), factor*math.Exp(arg), 2+int(math.Abs(arg)+math.Abs(scale*float64(y))))
			}
			checkFences(t, x)
		}
		x := []float32{88, 89, 1e30, float32(math.Inf(1)), float32(math.NaN()), -200, float32(math.Inf(-1)), 0}
		set.ScaledExp(x, 1, 0, 1)
		switch {
		case ulps(x[0], math.Exp(88)) > 2:
			t.Errorf("e^88 is %v", x[0])
		case !math.IsInf(float64(x[1]), 1) || !math.IsInf(float64(x[2]), 1) || !math.IsInf(float64(x[3]), 1):
			t.Errorf("e^89, e^1e30 and e^Inf are %v", x[1:4])
		case x[4] == x[4]:
			t.Errorf("e^NaN is %v", x[4])
		case x[5] != 0 || x[6] != 0 || x[7] != 1:
			t.Errorf("e^-200, e^-Inf and e^0 are %v", x[5:])
		}
	})
}
