package oracle

import (
	"math"

	"attnbench/attn"
)

// scoring is what the scores of a row round by. A score is
//
//	s_j = cap(scale·Σ_c q_c k_jc) - slope·|t - j| + bias_j
//
// in that order, in natural units or in units of log2, whose factor log2(e) may be multiplied
// in anywhere. In units of u it rounds by:
//
//   - the sum over D dims in any order: D roundings at partial sums, each at most the larger
//     of the sums of its positive and of its negative terms, and at the products themselves
//     where they are not fused; those of products that are alike are the same (see likeness);
//   - the scale, if it is folded into the query: each q_c, which all keys share, so that a
//     mean over keys keeps them. The g_c dims of one q_c round alike, and so
//     λ·√(Σ_c g_c·(scale·q_c k_jc)²) of all;
//   - the scale and log2(e), if they are multiplied afterwards: 2 at the score;
//   - the constants themselves: each the same fraction for all keys, so that what counts is
//     the distance from the score of the largest weight;
//   - the softcap: 4 ULP of its own (8 at its result), after the slope of tanh has damped what
//     came before. The slope is the largest within that reach;
//   - ALiBi: its product, its slope's constant, the difference; a bias: log2(e), the sum;
//   - the distance from the maximum, 1 at its size, and the exponential;
//   - terms below 2^-126, half a denormal each, times the scale where it comes after.
type scoring struct {
	p        *attn.Problem
	a        *attn.Args
	r        Row
	scale    float64
	top      term // of the largest weight
	q        []float32
	shared   []float64 // [D]: g_c
	products []float64 // [D]
	likeness
}

func newScoring(p *attn.Problem, a *attn.Args, r Row) *scoring {
	q := a.Q.Row(r.B, r.H, r.I)
	return &scoring{p: p, a: a, r: r, scale: p.Scale.Value(p.HeadDim), top: term{score: math.Inf(-1)},
		q: q, shared: sharing(q), products: make([]float64, len(q))}
}

// term is a score, and what it was made of.
type term struct {
	score, raw, alibi float64
	size              rounding
	overflows         bool // some order of evaluation exceeds the range of float32
}

// of returns the score of key j and what it rounds by, but for what depends on the maximum.
func (x *scoring) of(j int) term {
	q, k := x.q, x.a.K.Row(x.r.B, x.p.KVHead(x.r.H), j)
	var plus, minus, squares, shared, lengths float64
	for c, y := range k {
		product := float64(q[c]) * float64(y)
		if product > 0 {
			plus += product
		} else {
			minus -= product
		}
		x.products[c] = product
		squares += product * product
		shared += x.shared[c] * product * product
		lengths += math.Abs(float64(y)) + math.Abs(float64(q[c]))
	}
	partial, d, scale := max(plus, minus), len(k), math.Abs(x.scale)
	alike := x.likeness.of(x.products, partial)
	t := term{raw: x.scale * (plus - minus), overflows: !(partial*max(1, 2*scale) < maxFloat)}
	t.size = rounding{worst: scale * (plus + minus), square: scale * scale * squares * alike}
	t.size.alike(d, alike, scale*partial)
	t.size.at(2, t.raw)
	t.size.common = min(scale*(plus+minus), lambda*scale*math.Sqrt(shared)) + denormal/u*(lengths+float64(d)*(1+scale))
	t.score = t.raw
	if softcap := float64(x.p.Softcap); softcap != 0 {
		t = capped(t, softcap)
	}
	if x.p.ALiBi != nil {
		t.alibi = -float64(x.p.ALiBi[x.r.H]) * math.Abs(float64(x.p.Start(x.r.B)+x.r.I-j))
		t.score += t.alibi
		t.size.at(1, t.alibi)
		t.size.at(1, t.score)
	}
	if x.p.Bias != (attn.BiasShape{}) {
		bias := float64(biasOf(x.p, x.a, x.r)[j])
		t.score = biased(t.score, bias)
		t.size.at(1, bias)
		t.size.at(1, t.score)
	}
	return t
}

// capped is t under a softcap, damped by the largest slope of tanh within reach.
func capped(t term, softcap float64) term {
	reach := u * (t.size.bound() + 2*math.Abs(t.raw))
	tanh := math.Tanh(max(0, math.Abs(t.raw)-reach) / softcap)
	slope := 1 - tanh*tanh
	if !finite(reach) {
		slope = 0 // a score of Inf is capped like any other
		t.size = rounding{}
	}
	t.score = softcap * math.Tanh(t.raw/softcap)
	t.size = t.size.times(slope)
	t.raw *= slope
	if slope == 0 {
		t.raw = 0
	}
	t.size.common += 8 * math.Abs(t.score)
	if most := 2 * softcap / u; !(t.size.bound() <= most) {
		t.size = rounding{common: most}
	}
	return t
}

// distance is what the distance of a score from that of the largest weight rounds by.
func (x *scoring) distance(t term) rounding {
	e := t.size
	e.at(1, t.score-x.top.score)
	e.common += math.Abs(t.score-x.top.score) + math.Abs(t.raw-x.top.raw) + math.Abs(t.alibi-x.top.alibi)
	return e
}

// sink is what the distance of the sink rounds by: its logit and the maximum, in units of log2.
func (x *scoring) sink(logit float64) rounding {
	return rounding{common: 2*math.Abs(logit) + 2*math.Abs(x.top.score)}
}
