package kernel

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"attnbench/internal/guard"
)

// The matrix kernels of every set against plain loops in float64, at awkward
// sizes, with strides, misaligned and between fences.

// operand is a guarded [rows, cols] matrix with row stride ld of N(0, 1).
type operand struct {
	*guard.Buffer
	ld int
}

func matrix(rng *rand.Rand, name string, rows, cols, ld, shift int) operand {
	b := guard.New(name, (rows-1)*ld+cols, shift)
	for r := range rows {
		for c := range cols {
			b.Data()[r*ld+c] = float32(rng.NormFloat64())
		}
	}
	return operand{b, ld}
}

func (o operand) at(r, c int) float64 { return float64(o.Data()[r*o.ld+c]) }

// sizes are keys, d and dv around every block edge.
var sizes = []int{1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 33, 63, 64}

func forSets(t *testing.T, f func(t *testing.T, set *Set, rng *rand.Rand)) {
	for _, set := range sets {
		t.Run(set.Name, func(t *testing.T) { f(t, set, rand.New(rand.NewPCG(1, 2))) })
	}
}

// near fails where got is not want within the rounding of n terms whose
// magnitudes sum to size.
func near(t *testing.T, what string, got, want, size float64, n int) {
	t.Helper()
	if slack := float64(n+2) * size / (1 << 24); !(math.Abs(got-want) <= slack) {
		t.Fatalf("%s is %v: want %v within %.2g", what, got, want, slack)
	}
}

func checkFences(t *testing.T, buffers ...operand) {
	t.Helper()
	for _, b := range buffers {
		if err := b.Check(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestPackQK(t *testing.T) {
	forSets(t, func(t *testing.T, set *Set, rng *rand.Rand) {
		L := set.Lanes
		for i, keys := range sizes {
			d, rows, shift := sizes[(i*5+3)%len(sizes)], 1+i%L, i%5
			q, k := matrix(rng, "q", rows, d, d+i%3, shift), matrix(rng, "k", keys, d, d+i%4, shift+1)
			qt, s := matrix(rng, "qt", d, L, L, shift+2), matrix(rng, "s", keys, L, L, shift+3)
			guard.Poison(qt.Data())
			guard.Poison(s.Data())
			set.Pack(qt.Data(), q.Data(), q.ld, rows, d, 0.5)
			for c := range d {
				for r := range L {
					want := 0.0
					if r < rows {
						want = 0.5 * q.at(r, c)
					}
					if qt.at(c, r) != want {
						t.Fatalf("qt[%d, %d] is %v: want %v", c, r, qt.at(c, r), want)
					}
				}
			}
			set.QK(s.Data(), qt.Data(), k.Data(), k.ld, keys, d)
			for j := range keys {
				for r := range L {
					var want, size float64
					for c := range d {
						want += k.at(j, c) * qt.at(c, r)
						size += math.Abs(k.at(j, c) * qt.at(c, r))
					}
					near(t, fmt.Sprintf("keys %d d %d: s[%d, %d]", keys, d, j, r), s.at(j, r), want, size, d)
				}
			}
			checkFences(t, q, k, qt, s)
		}
	})
}

func TestPVUnpack(t *testing.T) {
	forSets(t, func(t *testing.T, set *Set, rng *rand.Rand) {
		L := set.Lanes
		for i, keys := range sizes {
			dv, rows, shift := sizes[(i*3+1)%len(sizes)], 1+i%L, i%5
			p, v := matrix(rng, "p", keys, L, L, shift), matrix(rng, "v", keys, dv, dv+i%4, shift+1)
			o, alpha := matrix(rng, "o", dv, L, L, shift+2), matrix(rng, "alpha", 1, L, L, shift+3)
			before := append([]float32(nil), o.Data()...)
			set.PV(o.Data(), alpha.Data(), p.Data(), v.Data(), v.ld, keys, dv)
			for c := range dv {
				for r := range L {
					want := alpha.at(0, r) * float64(before[c*L+r])
					size := math.Abs(want)
					for j := range keys {
						want += p.at(j, r) * v.at(j, c)
						size += math.Abs(p.at(j, r) * v.at(j, c))
					}
					near(t, fmt.Sprintf("keys %d dv %d: o[%d, %d]", keys, dv, c, r), o.at(c, r), want, size, keys)
				}
			}
			out := matrix(rng, "out", rows, dv, dv+i%3, shift)
			alpha.Data()[0] = 0 // a factor of 0 stores 0 whatever o holds
			o.Data()[0] = float32(math.NaN())
			set.Unpack(out.Data(), out.ld, o.Data(), alpha.Data(), rows, dv)
			for r := range rows {
				for c := range dv {
					want := float32(0)
					if r > 0 {
						want = o.Data()[c*L+r] * alpha.Data()[r]
					}
					if got := out.Data()[r*out.ld+c]; got != want {
						t.Fatalf("out[%d, %d] is %v: want %v", r, c, got, want)
					}
				}
			}
			checkFences(t, p, v, o, alpha, out)
		}
	})
}

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
					sum += math.Exp2(x - top)
				}
			}
			switch {
			case r == 1:
				if m.at(0, r) != math.Inf(-1) || l.at(0, r) != 0 || alpha.at(0, r) != 1 || s.at(0, r) != 0 {
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
				near(t, fmt.Sprintf("lane %d: last weight", r), s.at(2*keys-1, r), math.Exp2(float64(scores[(2*keys-1)*L+r])-top), 1, 2)
			}
		}
		checkFences(t, s, m, l, alpha)
	})
}

func TestLinearKernels(t *testing.T) {
	forSets(t, func(t *testing.T, set *Set, rng *rand.Rand) {
		for i, m := range sizes {
			dv, rows, shift := sizes[(i*3+2)%len(sizes)], 1+i%16, i%5
			k, v := matrix(rng, "k", rows, m, m+i%3, shift), matrix(rng, "v", rows, dv, dv+i%4, shift+1)
			state := matrix(rng, "state", m, dv, dv, shift+2)
			before := append([]float32(nil), state.Data()...)
			set.Outer(state.Data(), k.Data(), k.ld, v.Data(), v.ld, rows, m, dv)
			for x := range m {
				for c := range dv {
					want := float64(before[x*dv+c])
					size := math.Abs(want)
					for r := range rows {
						want += k.at(r, x) * v.at(r, c)
						size += math.Abs(k.at(r, x) * v.at(r, c))
					}
					near(t, fmt.Sprintf("m %d dv %d: state[%d, %d]", m, dv, x, c), state.at(x, c), want, size, rows)
				}
			}
			o := matrix(rng, "o", 1, dv, dv, shift)
			set.Read(o.Data(), k.Data()[:m], state.Data(), m, dv)
			for c := range dv {
				var want, size float64
				for x := range m {
					want += k.at(0, x) * state.at(x, c)
					size += math.Abs(k.at(0, x) * state.at(x, c))
				}
				near(t, fmt.Sprintf("o[%d]", c), o.at(0, c), want, size, m)
			}
			checkFences(t, k, v, state, o)
		}
	})
}

func TestEluPlus1(t *testing.T) {
	forSets(t, func(t *testing.T, set *Set, _ *rand.Rand) {
		src := []float32{3, 1e-30, 0, float32(math.Copysign(0, -1)), -1e-30, -0.5, -20, -200, float32(math.Inf(-1)), float32(math.Inf(1))}
		dst := make([]float32, len(src))
		set.EluPlus1(dst, src)
		for i, x := range src {
			want := float64(x) + 1
			if x <= 0 {
				want = math.Exp(float64(x))
			}
			if got := float64(dst[i]); got != want && !(math.Abs(got-want) <= 2e-6*want+math.SmallestNonzeroFloat32) {
				t.Errorf("phi(%v) = %v: want %v", x, got, want)
			}
		}
	})
}

// A NaN row of V must not reach lanes that do not see it, by a bit, and must
// reach those that do.
func TestPVMaskedKeepsNaNFromBlindLanes(t *testing.T) {
	forSets(t, func(t *testing.T, set *Set, rng *rand.Rand) {
		L := set.Lanes
		const keys, dv = 37, 41
		p, v := matrix(rng, "p", keys, L, L, 0), matrix(rng, "v", keys, dv, dv, 1)
		var vis Visibility
		for r := range L {
			vis.SetRow(r, rng.Uint64(), keys)
		}
		vis.Select(p.Data(), L, keys, 0)
		alpha, strip := matrix(rng, "alpha", 1, L, L, 0), guard.New("strip", StripFloats, 0)
		clean, dirty := matrix(rng, "o", dv, L, L, 0), matrix(rng, "o", dv, L, L, 0)
		copy(dirty.Data(), clean.Data())
		set.PVMasked(clean.Data(), alpha.Data(), p.Data(), v.Data(), dv, keys, dv, &vis, strip.Data())
		for _, j := range []int{0, 20, keys - 1} {
			v.Data()[j*dv+dv-1] = float32(math.NaN())
		}
		set.PVMasked(dirty.Data(), alpha.Data(), p.Data(), v.Data(), dv, keys, dv, &vis, strip.Data())
		for r := range L {
			seen := (vis[0]|vis[20]|vis[keys-1])>>r&1 == 1
			if got := dirty.at(dv-1, r); math.IsNaN(got) != seen {
				t.Errorf("lane %d is %v; it sees a NaN: %v", r, got, seen)
			}
			if !seen {
				for c := range dv {
					if clean.at(c, r) != dirty.at(c, r) {
						t.Fatalf("lane %d sees no NaN and o[%d] moved from %v to %v", r, c, clean.at(c, r), dirty.at(c, r))
					}
				}
			}
		}
		if err := strip.Check(); err != nil {
			t.Error(err)
		}
	})
}

func TestFind(t *testing.T) {
	for _, name := range append(Names(), "") {
		set, err := Find(name)
		if err != nil || name != "" && set.Name != name {
			t.Errorf("Find(%q) = %v, %v", name, set, err)
		}
	}
	if _, err := Find("no such set"); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("an unknown set gives %v", err)
	}
}
