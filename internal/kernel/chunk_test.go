package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// decays are factors of 0 to 1, with both ends among them.
func decays(rng *rand.Rand, o operand) {
	for i := range o.Data() {
		o.Data()[i] = float32(math.Min(1, 1.2*rng.Float64()))
		if rng.IntN(40) == 0 {
			o.Data()[i] = 0
		}
	}
}

// Gate agrees with its plain loop, at odd token counts and strides, between fences.
func TestGate(t *testing.T) {
	forSets(t, func(t *testing.T, set *Set, rng *rand.Rand) {
		for i := range 60 {
			tokens, m := 1+rng.IntN(17), set.Width*(1+rng.IntN(6))
			q, k := matrix(rng, "q", tokens, m, m+i%3, i%5), matrix(rng, "k", tokens, m, m+i%4, i%3)
			lda := m + i%2
			a := matrix(rng, "a", tokens, m, lda, i%4)
			decays(rng, a)
			if i%7 == 0 {
				lda = 0 // one row for all tokens
			}
			var got, want [4]operand
			for j, rows := range []int{tokens, tokens, tokens, 1} {
				got[j], want[j] = matrix(rng, "out", rows, m, m, i%3), matrix(rng, "out", rows, m, m, 0)
			}
			g := Gated{Q: q.Data(), K: k.Data(), A: a.Data(), LdQ: q.ld, LdK: k.ld, LdA: lda, M: m, Tokens: tokens, Scale: 0.375}
			for _, run := range []struct {
				f   func(Gated)
				out [4]operand
			}{{set.Gate, got}, {gateGeneric, want}} {
				g.Qd, g.Kd, g.Ke, g.Total = run.out[0].Data(), run.out[1].Data(), run.out[2].Data(), run.out[3].Data()
				run.f(g)
			}
			for j := range got {
				for c, x := range got[j].Data() {
					y := float64(want[j].Data()[c])
					near(t, fmt.Sprintf("output %d element %d", j, c), float64(x), y, math.Abs(y), 2)
				}
			}
			checkFences(t, append(got[:], q, k, a)...)
		}
	})
}

// Both triangles against sums in float64; what lies above the diagonal stays as it was.
func TestDecayDots(t *testing.T) {
	forSets(t, func(t *testing.T, set *Set, rng *rand.Rand) {
		for i := range 60 {
			tokens, m := 1+rng.IntN(17), set.Width*(1+rng.IntN(6))
			q, k := matrix(rng, "q", tokens, m, m+i%3, i%5), matrix(rng, "k", tokens, m, m+i%4, i%3)
			lda := m + i%2
			a := matrix(rng, "a", tokens, m, lda, i%4)
			decays(rng, a)
			if i%7 == 0 {
				lda = 0 // one row for all tokens
			}
			ldd := tokens + i%3
			dq, dk, x := matrix(rng, "dq", tokens, tokens, ldd, 0), matrix(rng, "dk", tokens, tokens, ldd, 1), matrix(rng, "x", 1, m, m, i%4)
			beforeQ, beforeK := append([]float32(nil), dq.Data()...), append([]float32(nil), dk.Data()...)
			set.DecayDots(Gated{DQ: dq.Data(), DK: dk.Data(), LdD: ldd, X: x.Data(), Q: q.Data(), K: k.Data(), A: a.Data(),
				LdQ: q.ld, LdK: k.ld, LdA: lda, M: m, Tokens: tokens, Scale: 0.375})
			key := make([]float64, m)
			for s := range tokens {
				for r := range tokens {
					if r < s {
						if at := r*ldd + s; dq.Data()[at] != beforeQ[at] || dk.Data()[at] != beforeK[at] {
							t.Fatalf("token %d meets key %d, which comes after it", r, s)
						}
						continue
					}
					var sumQ, sumK, sizeQ, sizeK float64
					for c := range m {
						if r == s {
							key[c] = k.at(s, c)
						} else {
							key[c] *= float64(a.Data()[r*lda+c])
						}
						sumQ, sumK = sumQ+q.at(r, c)*key[c], sumK+k.at(r, c)*key[c]
						sizeQ, sizeK = sizeQ+math.Abs(q.at(r, c)*key[c]), sizeK+math.Abs(k.at(r, c)*key[c])
					}
					near(t, fmt.Sprintf("dq[%d, %d]", r, s), dq.at(r, s), 0.375*sumQ, 0.375*sizeQ, m+r-s)
					near(t, fmt.Sprintf("dk[%d, %d]", r, s), dk.at(r, s), sumK, sizeK, m+r-s)
				}
			}
			checkFences(t, q, k, a, dq, dk, x)
		}
	})
}

func TestSolve(t *testing.T) {
	forSets(t, func(t *testing.T, set *Set, rng *rand.Rand) {
		for i := range 80 {
			tokens, cols := 1+rng.IntN(17), 1+rng.IntN(100)
			u, w, v := matrix(rng, "u", tokens, cols, cols+i%3, i%5), matrix(rng, "w", tokens, cols, cols+i%2, i%3), matrix(rng, "v", tokens, cols, cols+i%4, i%4)
			r, beta := matrix(rng, "r", tokens, tokens, tokens+i%2, i%3), matrix(rng, "beta", 1, tokens, tokens, 1)
			for j := range r.Data() {
				r.Data()[j] *= 0.2
			}
			set.Solve(u.Data(), w.Data(), v.Data(), r.Data(), beta.Data(), u.ld, w.ld, v.ld, r.ld, tokens, cols)
			want, size := make([]float64, tokens), make([]float64, tokens)
			for c := range cols {
				for n := range tokens {
					x, magnitude := v.at(n, c)-w.at(n, c), math.Abs(v.at(n, c))+math.Abs(w.at(n, c))
					for s := range n {
						x -= r.at(n, s) * want[s]
						magnitude += math.Abs(r.at(n, s)) * size[s]
					}
					want[n], size[n] = beta.at(0, n)*x, math.Abs(beta.at(0, n))*magnitude
					near(t, fmt.Sprintf("u[%d, %d]", n, c), u.at(n, c), want[n], size[n], 3*tokens)
				}
			}
			checkFences(t, u, w, v, r, beta)
		}
	})
}

func TestScaleRows(t *testing.T) {
	forSets(t, func(t *testing.T, set *Set, rng *rand.Rand) {
		for i := range 20 {
			rows, cols := 1+rng.IntN(9), set.Width*(1+rng.IntN(9))
			s, f := matrix(rng, "s", rows, cols, cols+i%3, i%4), matrix(rng, "f", 1, rows, rows, i%3)
			before := append([]float32(nil), s.Data()...)
			set.ScaleRows(s.Data(), f.Data(), s.ld, rows, cols)
			for r := range rows {
				for c := range cols {
					if got, want := s.Data()[r*s.ld+c], before[r*s.ld+c]*f.Data()[r]; got != want {
						t.Fatalf("s[%d, %d] is %v: want %v", r, c, got, want)
					}
				}
			}
			checkFences(t, s, f)
		}
	})
}
