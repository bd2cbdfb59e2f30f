package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"attnbench/internal/guard"
)

// awkward replaces some elements by what arithmetic stumbles over.
func awkward(rng *rand.Rand, x []float32) {
	odd := []float32{0, float32(math.Copysign(0, -1)), 1e-40, -1e-40, 1e-20, 3e38, -3e38, math.MaxFloat32, -math.MaxFloat32, float32(math.Inf(1)), float32(math.Inf(-1)), float32(math.NaN())}
	for i := range x {
		if rng.IntN(4) == 0 {
			x[i] = odd[rng.IntN(len(odd))]
		}
	}
}

// The cap is within 4 ULP at every magnitude from denormals to where the hyperbolic tangent
// is 1, and 1 more for the factor 2·log2(e)/softcap, which float32 rounds. It is odd, and NaN
// for NaN.
func TestSoftcapOfEveryMagnitude(t *testing.T) {
	forSets(t, func(t *testing.T, set *Set, rng *rand.Rand) {
		worst := 0.0
		for round := range 400 {
			keys := 1 + round%9
			s := matrix(rng, "s", keys, set.Lanes, set.Lanes, round%5)
			for i := range s.Data() {
				s.Data()[i] = float32(math.Copysign(math.Exp2(16*rng.Float64()-10), rng.NormFloat64()))
			}
			if round%4 == 0 {
				awkward(rng, s.Data())
			}
			before := append([]float32(nil), s.Data()...)
			set.Softcap(s.Data(), keys, 30)
			for i, got := range s.Data() {
				want := 30 * math.Tanh(float64(before[i])/30)
				if math.IsNaN(want) != (got != got) {
					t.Fatalf("of %v: %v: want %v", before[i], got, want)
				}
				if math.Abs(want) < 1e-36 {
					if !(math.Abs(float64(got)-want) <= 1e-36) {
						t.Fatalf("of %v: %v: want %v", before[i], got, want)
					}
					continue
				}
				ulp := math.Ldexp(1, math.Ilogb(want)-23)
				if off := math.Abs(float64(got)-want) / ulp; off > worst {
					worst = off
					if off > 5 {
						t.Fatalf("of %v: %v: want %v, %.1f ULP away", before[i], got, want, off)
					}
				}
			}
			checkFences(t, s)
		}
		t.Logf("worst %.2f ULP", worst)
	})
}

func TestALiBiDistances(t *testing.T) {
	forSets(t, func(t *testing.T, set *Set, rng *rand.Rand) {
		for i, distance := range []float32{0, 1, -1, 100, -100, 5000, 1 << 20, -3.5e5} {
			keys, slope := 1+37*i%130, float32(rng.NormFloat64())
			s := matrix(rng, "s", keys, set.Lanes, set.Lanes, i%4)
			s.Data()[0] = float32(math.Inf(-1))
			before := append([]float32(nil), s.Data()...)
			set.ALiBi(s.Data(), keys, distance, slope)
			for j := range keys {
				for r := range set.Lanes {
					at := j*set.Lanes + r
					bias := float64(slope) * math.Abs(float64(distance)+float64(r-j))
					if want := float64(before[at]) - bias; math.IsInf(want, 0) {
						if float64(s.Data()[at]) != want {
							t.Fatalf("-Inf became %v", s.Data()[at])
						}
					} else {
						near(t, fmt.Sprintf("distance %v: s[%d, %d]", distance, j, r), s.at(j, r), want, math.Abs(float64(before[at]))+math.Abs(bias), 1)
					}
				}
			}
			checkFences(t, s)
		}
	})
}

// Every set gives the bits of the plain loop: one sum has one rounding. No sum of finite
// numbers is Inf.
func TestBiasHidesEvenNaN(t *testing.T) {
	forSets(t, func(t *testing.T, set *Set, rng *rand.Rand) {
		for keys := range 20 {
			s, bias := matrix(rng, "s", keys+1, set.Lanes, set.Lanes, keys%5), matrix(rng, "bias", keys+1, set.Lanes, set.Lanes, keys%3)
			awkward(rng, s.Data())
			awkward(rng, bias.Data())
			want := append([]float32(nil), s.Data()...)
			for i, b := range bias.Data() {
				finite := b-b == 0 && want[i]-want[i] == 0
				if want[i] += b; math.IsInf(float64(b), -1) {
					want[i] = b
				} else if finite {
					want[i] = max(min(want[i], math.MaxFloat32), -math.MaxFloat32)
				}
			}
			set.Bias(s.Data(), bias.Data(), keys+1)
			for i, x := range s.Data() {
				if math.Float32bits(x) != math.Float32bits(want[i]) && !(x != x && want[i] != want[i]) {
					t.Fatalf("element %d with bias %v is %v: want %v", i, bias.Data()[i], x, want[i])
				}
			}
			checkFences(t, s, bias)
		}
	})
}

// No key, no change.
func TestModifiersOfNoKeys(t *testing.T) {
	forSets(t, func(t *testing.T, set *Set, rng *rand.Rand) {
		s := matrix(rng, "s", 1, set.Lanes, set.Lanes, 0)
		before := append([]float32(nil), s.Data()...)
		set.Softcap(s.Data(), 0, 1)
		set.ALiBi(s.Data(), 0, 1, 1)
		set.Bias(s.Data(), s.Data(), 0)
		if at, same := guard.Same(before, s.Data()); !same {
			t.Errorf("element %d was changed", at)
		}
	})
}
