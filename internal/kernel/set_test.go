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
			set.QK(s.Data(), qt.Data(), k.Data(), k.ld, keys, d, L, Prefetch{})
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
			set.PV(o.Data(), alpha.Data(), p.Data(), v.Data(), v.ld, keys, dv, L, Prefetch{})
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
				near(t, fmt.Sprintf("lane %d: last weight", r), s.at(2*keys-1, r), math.Exp2(float64(scores[(2*keys-1)*L+r])-top), 1, 2)
			}
		}
		checkFences(t, s, m, l, alpha)
	})
}

// The only product, with all strides free and columns that are not whole vectors.
func TestMul(t *testing.T) {
	forSets(t, func(t *testing.T, set *Set, rng *rand.Rand) {
		for i := range 300 {
			rows, depth, cols := 1+rng.IntN(21), rng.IntN(40), 1+rng.IntN(75)
			whole := (cols + set.Width - 1) / set.Width * set.Width
			byColumns := i%2 == 0
			a := matrix(rng, "a", rows, max(1, depth), max(1, depth)+i%3, i%5)
			ars, aks := a.ld, 1
			if byColumns {
				a = matrix(rng, "a", max(1, depth), rows, rows+i%3, i%5)
				ars, aks = 1, a.ld
			}
			b, c := matrix(rng, "b", max(1, depth), cols, cols+i%4, i%3), matrix(rng, "c", rows, whole, whole+i%2, i%7)
			alpha := matrix(rng, "alpha", 1, whole, whole, i%4)
			before := append([]float32(nil), c.Data()...)
			var scale []float32
			if i%3 > 0 {
				scale = alpha.Data()
			}
			set.Matmul(c.Data(), c.ld, a.Data(), ars, aks, b.Data(), b.ld, rows, depth, cols, scale, Prefetch{b.Data(), i % 90, i % 70})
			for x := range rows {
				for y := range cols {
					var want, size float64
					if scale != nil {
						want = alpha.at(0, y) * float64(before[x*c.ld+y])
						size = math.Abs(want)
					}
					for k := range depth {
						term := float64(a.Data()[x*ars+k*aks]) * b.at(k, y)
						want += term
						size += math.Abs(term)
					}
					near(t, fmt.Sprintf("rows %d depth %d cols %d: c[%d, %d]", rows, depth, cols, x, y), c.at(x, y), want, size, depth+1)
				}
			}
			checkFences(t, a, b, c, alpha)
		}
	})
}

// What is past the columns of B must not be read: there may be NaN, or nothing.
func TestMulReadsNothingPastTheColumns(t *testing.T) {
	forSets(t, func(t *testing.T, set *Set, rng *rand.Rand) {
		for cols := 1; cols <= 2*set.Lanes+1; cols++ {
			a, b := matrix(rng, "a", 3, 5, 5, 0), matrix(rng, "b", 5, cols+3, cols+3, 0)
			whole := (cols + set.Width - 1) / set.Width * set.Width
			c := matrix(rng, "c", 3, whole, whole, 0)
			for k := range 5 {
				guard.Poison(b.Data()[k*b.ld+cols : (k+1)*b.ld])
			}
			set.Matmul(c.Data(), c.ld, a.Data(), a.ld, 1, b.Data()[:4*b.ld+cols], b.ld, 3, 5, cols, nil, Prefetch{})
			for x := range 3 {
				for y := range cols {
					if math.IsNaN(c.at(x, y)) {
						t.Fatalf("cols %d: c[%d, %d] is NaN", cols, x, y)
					}
				}
			}
			checkFences(t, a, b, c)
		}
	})
}

// Lanes outside the span that QK and PV are given keep their bits.
func TestProductsOfPartOfThePanel(t *testing.T) {
	forSets(t, func(t *testing.T, set *Set, rng *rand.Rand) {
		L, w := set.Lanes, max(4, set.Width)
		const keys, d = 13, 9
		for from := 0; from < L; from += w {
			for n := w; from+n <= L; n += w {
				qt, k := matrix(rng, "qt", d, L, L, 0), matrix(rng, "k", keys, d, d, 1)
				whole, part := matrix(rng, "whole", keys, L, L, 0), matrix(rng, "part", keys, L, L, 0)
				before := append([]float32(nil), part.Data()...)
				set.QK(whole.Data(), qt.Data(), k.Data(), k.ld, keys, d, L, Prefetch{})
				set.QK(part.Data()[from:], qt.Data()[from:], k.Data(), k.ld, keys, d, n, Prefetch{})
				for j := range keys {
					for r := range L {
						want := before[j*L+r]
						if r >= from && r < from+n {
							want = whole.Data()[j*L+r]
						}
						if got := part.Data()[j*L+r]; got != want {
							t.Fatalf("lanes %d..%d: s[%d, %d] is %v: want %v", from, from+n, j, r, got, want)
						}
					}
				}
				checkFences(t, qt, k, whole, part)
			}
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
				var want, most float64
				for x := range m {
					sum[x] += k.at(r, x)
					size[x] += math.Abs(k.at(r, x))
					want += q.at(r, x) * sum[x]
					most += math.Abs(q.at(r, x)) * size[x]
				}
				near(t, fmt.Sprintf("m %d: den[%d]", m, r), den.at(0, r), want, most, m+tokens)
			}
			for x := range m {
				near(t, fmt.Sprintf("z[%d]", x), z.at(0, x), sum[x], size[x], tokens)
			}
			checkFences(t, q, k, z, den)
		}
	})
}

func TestFinite(t *testing.T) {
	forSets(t, func(t *testing.T, set *Set, rng *rand.Rand) {
		for i, cols := range sizes {
			x := matrix(rng, "x", 5, cols, cols+3, i%4)
			for r := range 4 {
				guard.Poison(x.Data()[r*x.ld+cols : (r+1)*x.ld]) // between the rows
			}
			x.Data()[0] = math.MaxFloat32
			if !set.Finite(x.Data(), x.ld, 5, cols) {
				t.Errorf("5 x %d finite numbers are said not to be", cols)
			}
			for _, bad := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
				at := rng.IntN(5)*x.ld + rng.IntN(cols)
				was := x.Data()[at]
				x.Data()[at] = float32(bad)
				if set.Finite(x.Data(), x.ld, 5, cols) {
					t.Errorf("%v at %d of 5 x %d is not seen", bad, at, cols)
				}
				x.Data()[at] = was
			}
			checkFences(t, x)
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
