package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// Scores whose exp overflows while exp of their distance from the largest does
// not, -Inf among them, a lane that sees nothing and one with NaN.
func TestSoftmaxOverTwoBlocks(t *testing.T) {
	forSets(t, func(t *testing.T, set *Set, rng *rand.Rand) {
		L := set.Lanes
		const keys = 64
		s := matrix(rng, "s", 2*keys, L, L, 1)
		inf := float32(math.Inf(-1))
		for j := range 2 * keys {
			for r := range L {
				s.Data()[j*L+r] = float32(r)*100 + 20*s.Data()[j*L+r]
			}
			s.Data()[j*L+1] = inf // sees nothing
			if j < keys {
				s.Data()[j*L+2] = inf // sees the second block only
			}
		}
		s.Data()[5*L+3] = float32(math.NaN())
		scores := append([]float32(nil), s.Data()...)
		m, l, alpha := matrix(rng, "m", 1, L, L, 0), matrix(rng, "l", 1, L, L, 1), matrix(rng, "alpha", 1, L, L, 2)
		for r := range L {
			m.Data()[r], l.Data()[r] = inf, 0
		}
		set.Softmax(s.Data(), m.Data(), l.Data(), alpha.Data(), keys)
		set.Softmax(s.Data()[keys*L:], m.Data(), l.Data(), alpha.Data(), keys)
		for r := range L {
			top, sum := math.Inf(-1), 0.0
			for j := range 2 * keys {
				if x := float64(scores[j*L+r]); x > top {
					top = x
				}
			}
			for j := range 2 * keys {
				if x := float64(scores[j*L+r]); !math.IsInf(x, -1) {
					sum += math.Exp(x - top)
				}
			}
			switch {
			case r == 1:
				if m.at(0, r) != math.Inf(-1) || l.at(0, r) != 0 || alpha.at(0, r) != 0 || s.at(0, r) != 0 {
					t.Fatalf("a blind lane has m %v, l %v, alpha %v, s %v", m.at(0, r), l.at(0, r), alpha.at(0, r), s.at(0, r))
				}
			case r == 3:
				if !math.IsNaN(l.at(0, r)) {
					t.Fatalf("a lane with NaN has l %v", l.at(0, r))
				}
			default:
				if m.at(0, r) != top {
					t.Fatalf("lane %d: m is %v: want %v", r, m.at(0, r), top)
				}
				near(t, fmt.Sprintf("lane %d: l", r), l.at(0, r), sum, sum, 2*keys)
				near(t, fmt.Sprintf("lane %d: last weight", r), s.at(2*keys-1, r), math.Exp(float64(scores[(2*keys-1)*L+r])-top), 1, 2)
			}
		}
		checkFences(t, s, m, l, alpha)
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
				want, size := float64(sums[r])*math.Exp(float64(old[r])-top), math.Abs(float64(sums[r]))
				for j := range keys {
					p := math.Exp(float64(scores[j*L+r]) - top)
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

// Every set treats scores that are not finite as generic does: the same statistics and
// weights, by class, for +Inf, NaN of any payload, lanes of nothing but -Inf, and denormals.
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
			nan := class(want[4]) == "NaN" // the whole lane is lost; which NaN comes first is free
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
