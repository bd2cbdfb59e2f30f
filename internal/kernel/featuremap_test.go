package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

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

func TestNormalise(t *testing.T) {
	forSets(t, func(t *testing.T, set *Set, rng *rand.Rand) {
		for i, tokens := range sizes {
			m := set.Width * (1 + i%5)
			q, k := matrix(rng, "q", tokens, m, m+i%3, i%4), matrix(rng, "k", tokens, m, m+i%3, i%3)
			z, den := matrix(rng, "z", 1, m, m, i%5), matrix(rng, "den", 1, tokens, tokens, 1)
			sum, size := make([]float64, m), make([]float64, m)
			for x := range m {
				sum[x], size[x] = z.at(0, x), math.Abs(z.at(0, x))
			}
			set.Normalise(den.Data(), z.Data(), q.Data(), k.Data(), k.ld, m, tokens)
			for r := range tokens {
				var want, magnitude float64
				for x := range m {
					sum[x] += k.at(r, x)
					size[x] += math.Abs(k.at(r, x))
					want += q.at(r, x) * sum[x]
					magnitude += math.Abs(q.at(r, x)) * size[x]
				}
				near(t, fmt.Sprintf("m %d: den[%d]", m, r), den.at(0, r), want, magnitude, m+tokens)
			}
			for x := range m {
				near(t, fmt.Sprintf("z[%d]", x), z.at(0, x), sum[x], size[x], tokens)
			}
			checkFences(t, q, k, z, den)
		}
	})
}
