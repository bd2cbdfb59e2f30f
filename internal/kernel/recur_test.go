package kernel

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// With decays and without.
func TestRecur(t *testing.T) {
	forSets(t, func(t *testing.T, set *Set, rng *rand.Rand) {
		for i, m := range slices.Concat(sizes, sizes) {
			dv, tokens, shift := sizes[(i*3+2)%len(sizes)], 1+i%16, i%5
			lds := (dv + 2*set.Width - 1) / (2 * set.Width) * 2 * set.Width
			q, k := matrix(rng, "q", tokens, m, m+i%3, shift), matrix(rng, "k", tokens, m, m+i%3, shift+3)
			v, out := matrix(rng, "v", tokens, dv, dv+i%4, shift+1), matrix(rng, "out", tokens, dv, dv+i%2, shift+2)
			state, factor := matrix(rng, "state", m, lds, lds, shift+2), matrix(rng, "factor", 1, tokens, tokens, 0)
			a := matrix(rng, "a", tokens, m, k.ld, shift+1)
			decays(rng, a)
			given := a.Data()
			if i >= len(sizes) {
				given = nil
				for j := range a.Data() {
					a.Data()[j] = 1
				}
			}
			want := make([]float64, m*dv)
			size := make([]float64, m*dv)
			for x := range m {
				clear(state.Data()[x*lds+dv : (x+1)*lds])
				for c := range dv {
					want[x*dv+c] = state.at(x, c)
					size[x*dv+c] = math.Abs(state.at(x, c))
				}
			}
			set.Recur(Recurrence{
				Out: out.Data(), LdOut: out.ld, Q: q.Data(), K: k.Data(), A: given, Ld: k.ld, V: v.Data(), LdV: v.ld,
				S: state.Data(), LdS: lds, Factor: factor.Data(), M: m, Tokens: tokens, Dv: dv,
				PrefetchQ: Prefetch{From: q.Data(), Step: q.ld}, PrefetchK: Prefetch{From: k.Data(), Step: k.ld},
			})
			for r := range tokens {
				for c := range dv {
					var o, sum float64
					for x := range m {
						want[x*dv+c] = a.at(r, x)*want[x*dv+c] + k.at(r, x)*v.at(r, c)
						size[x*dv+c] = a.at(r, x)*size[x*dv+c] + math.Abs(k.at(r, x)*v.at(r, c))
						o += q.at(r, x) * want[x*dv+c] * factor.at(0, r)
						sum += math.Abs(q.at(r, x)*factor.at(0, r)) * size[x*dv+c]
					}
					near(t, fmt.Sprintf("m %d dv %d: out[%d, %d]", m, dv, r, c), out.at(r, c), o, sum, 2*tokens+m)
				}
			}
			for x := range m {
				for c := range dv {
					near(t, fmt.Sprintf("m %d dv %d: state[%d, %d]", m, dv, x, c), state.at(x, c), want[x*dv+c], size[x*dv+c], 2*tokens)
				}
				for c := dv; c < lds; c++ {
					if state.at(x, c) != 0 {
						t.Fatalf("state[%d, %d], past the columns, is %v", x, c, state.at(x, c))
					}
				}
			}
			checkFences(t, q, k, a, v, out, state, factor)
		}
	})
}

// Each head of a group has the bits that it has alone, and so has the state.
func TestRecurOfAHeadGroup(t *testing.T) {
	forSets(t, func(t *testing.T, set *Set, rng *rand.Rand) {
		for i, m := range slices.Concat(sizes, sizes) {
			heads := []int{2, 4, 8}[i%3]
			dv, tokens, shift := sizes[(i*3+2)%len(sizes)], 1+i%11, i%5
			lds := RoundUp(dv, 2*set.Width)
			q, k := matrix(rng, "q", heads*(tokens+1), m, m+i%3, shift), matrix(rng, "k", tokens, m, m+i%3, shift+3)
			v, out := matrix(rng, "v", tokens, dv, dv+i%4, shift+1), matrix(rng, "out", heads*(tokens+2), dv, dv+i%2, shift+2)
			state, factor := matrix(rng, "state", m, lds, lds, shift+2), matrix(rng, "factor", 1, heads*(tokens+3), heads*(tokens+3), 0)
			a := matrix(rng, "a", tokens, m, k.ld, shift+1)
			decays(rng, a)
			for x := range m {
				clear(state.Data()[x*lds+dv : (x+1)*lds])
			}
			r := Recurrence{
				LdOut: out.ld, Q: q.Data(), K: k.Data(), A: a.Data(), Ld: k.ld, V: v.Data(), LdV: v.ld, LdS: lds, M: m, Tokens: tokens, Dv: dv,
				HeadOut: (tokens + 2) * out.ld, HeadQ: (tokens + 1) * q.ld, HeadFactor: tokens + 3,
			}
			if i >= len(sizes) {
				r.A = nil
			}
			alone, want := slices.Clone(state.Data()), slices.Clone(out.Data())
			for h := range heads {
				one := r
				alone = slices.Clone(state.Data())
				one.S, one.Out, one.Q, one.Factor = alone, want[h*r.HeadOut:], r.Q[h*r.HeadQ:], factor.Data()[h*r.HeadFactor:]
				set.Recur(one)
			}
			r.Heads, r.Out, r.S, r.Factor = heads, out.Data(), state.Data(), factor.Data()
			set.Recur(r)
			for _, c := range []struct {
				what      string
				got, want []float32
			}{{"out", out.Data(), want}, {"state", state.Data(), alone}} {
				for at, x := range c.got {
					if math.Float32bits(x) != math.Float32bits(c.want[at]) {
						t.Fatalf("%d heads, m %d, dv %d, %d tokens: %s[%d] is %v, and %v of a head alone", heads, m, dv, tokens, c.what, at, x, c.want[at])
					}
				}
			}
			checkFences(t, q, k, a, v, out, state, factor)
		}
	})
}
