package oracle

import (
	"math"

	"attnbench/attn"
)

// linearMean is the mean of values under the weights of a linear rule, p_j = a_j / den with
// a_j = Σ_i phi_i(q) phi_i(k_j). Numerator and denominator are each two nested sums, over
// features and over keys, in either order; the squares of both orders count, in units of u:
//
//   - over features first: M + 1 roundings of each a_j, at Σ_i |phi_i(q) phi_i(k_j)|, those of
//     terms that are alike the same (see likeness), then a sum over keys (see mean);
//
//   - over keys first: the state S_ic = Σ_j phi_i(k_j) v_jc rounds at its partial sums. With
//     T_c(k) = Σ_{j<=k} p_j |v_jc|, phi_i(q) weighs their squares so that they are at most
//
//     Σ_k Σ_i (phi_i(q) S_ic(k) / den)² <= max_i(phi_i(q) z_i / den)·max_j|v_jc|·Σ_k T_c(k)
//
//     and then M + 1 roundings at T_c. The denominator is the same with v = 1. Features whose
//     phi_i(q) z_i are alike, as those of equal dims are, have sums S_ic that round alike:
//     groups of g of them add up first, so that both squares are g times as much.
//
// Features round as phiOf says, those of the query for all keys alike; below 2^-126 they may
// be 0. Where phi has both signs (taylor2) the magnitudes of terms stand for terms, and a
// rounded mean need not lie in the range of the values; nor under a first state, whose values
// are unknown.
//
// Under FAVOR+ see references.
type linearMean struct {
	*mean
	q      phi
	shares []float64 // [M]: of a key's weight
	share  []float64 // [M]: phi_i(q) z_i / den, of magnitudes
	one    float64   // T_c(k) for v = 1
	ones   float64   // Σ_k of it
	totals []float64 // [Dv]: T_c(k)
	sums   []float64 // [Dv]: Σ_k T_c(k)
	values []float64 // [Dv]: max_j|v_jc|
	refs   *references
	likeness
}

// linearBudget gives e, whose Out has the weights w, its budgets.
func linearBudget(p *attn.Problem, a *attn.Args, keys []int, w rowWeights[float64], e *Expected) {
	if !finite(w.sum) || w.sum == 0 {
		e.Budget = make([]float64, len(e.Out)) // 0, or compared by class
		return
	}
	weights := make([]float64, len(keys))
	for n, x := range w.keys {
		weights[n] = x / w.sum
	}
	dv, g := len(e.Out), p.KVHead(e.Row.H)
	x := &linearMean{mean: newMean(e.Out, weights),
		totals: make([]float64, dv), sums: make([]float64, dv), values: make([]float64, dv)}
	x.q = phiOf(p, a, a.Q.Row(e.Row.B, e.Row.H, e.Row.I), true, &x.likeness)
	x.share, x.shares = make([]float64, len(x.q.value)), make([]float64, len(x.q.value))
	feature := 1.0 // the largest
	var kept []phi // of FAVOR+: the largest exponents of all keys come first
	if p.Rule.Feature == attn.Favor {
		for _, j := range keys {
			kept = append(kept, phiOf(p, a, a.K.Row(e.Row.B, g, j), false, &x.likeness))
		}
		state := math.Inf(-1)
		if a.State0.Data != nil {
			state = logScale0(p, a, e.Row.B, g)
		}
		x.refs = newReferences(x.q, kept, state, float64(p.Rule.Eps))
	} else {
		feature = x.q.largest(feature)
	}
	x.first(a, w, e.Row.B, g)
	var k phi
	for n, j := range keys {
		if kept != nil {
			k = kept[n]
		} else {
			k = k.of(p, a.K.Row(e.Row.B, g, j))
			feature = k.largest(feature)
		}
		x.key(weights[n], k, a.V.Row(e.Row.B, g, j))
	}
	x.close(w)
	isMean := p.Rule.Feature != attn.Taylor2 && a.State0.Data == nil
	e.overflow(func(c int) float64 {
		return max(feature*float64(len(keys)), math.Abs(w.sum)*max(1, x.totals[c]/max(x.one, 1e-300))) * max(1, math.Abs(x.columns[c].min), math.Abs(x.columns[c].max), x.values[c])
	})
	x.allow(e, isMean, p.Rule.Eps > 0 || len(keys) == 0 || !(x.underflow() < 1) || x.flushed > 0.5)
}

// first begins with the first state, which is exact; the features that it meets are not.
func (x *linearMean) first(a *attn.Args, w rowWeights[float64], b, g int) {
	for i, y := range w.state {
		y /= w.sum
		z, rounds := float64(a.Norm0.Row(b, g, 0)[i]), x.q.size[i].bound()+exponential
		lost := math.Abs(x.q.value[i]) < flushed
		if x.refs != nil {
			rounds += exponential * x.refs.rises[i]
			lost = x.refs.lost(i, x.refs.soFar[i])
		}
		if lost {
			x.flushed += math.Abs(y * z)
		}
		x.one += math.Abs(y * z)
		x.prefix += math.Abs(y * z)
		x.share[i] += math.Abs(y * z)
		x.weights.common += math.Abs(y*z) * rounds
		for c, s := range a.State0.Row(b, g, i) {
			k, s := &x.columns[c], float64(s)
			x.totals[c] += math.Abs(y * s)
			k.sum += y * s
			k.away += y * (s - k.out*z)
			k.common += math.Abs(y*(s-k.out*z)) * rounds
			if lost {
				k.flushed += math.Abs(y * (s - k.out*z))
			}
			if s != 0 {
				x.values[c] = max(x.values[c], math.Abs(s/z))
			}
		}
	}
	for c := range x.columns {
		k := &x.columns[c]
		k.sumLow, k.sumHigh = min(0, k.sum), max(0, k.sum)
		k.awayLow, k.awayHigh = min(0, k.away), max(0, k.away)
	}
}

// key adds the next key, of weight p.
func (x *linearMean) key(p float64, k phi, v []float32) {
	x.see(v)
	if x.refs != nil {
		x.refs.take(k)
	}
	if p == 0 {
		return
	}
	magnitude := x.q.terms(x.shares, k)
	e, independent, lost := rounding{}, 0.0, 0.0
	for i, f := range x.shares {
		f = math.Abs(f)
		x.share[i] += f * math.Abs(p)
		e.common += f * (x.q.size[i].bound() + k.size[i].common)
		independent += f * min(k.size[i].worst, lambda*math.Sqrt(k.size[i].square))
		if x.refs == nil && (math.Abs(x.q.value[i]) < flushed || math.Abs(k.value[i]) < flushed) {
			lost += f
		}
	}
	if x.refs != nil {
		var common float64
		common, lost = x.refs.term(x.shares, k)
		e.common += common
	}
	e.worst += independent
	e.square += independent * independent / (lambda * lambda)
	e.alike(len(x.shares)+1, x.likeness.of(x.shares, magnitude), magnitude)
	x.add(p, e, v, lost*math.Abs(p))
	p = math.Abs(p) * magnitude
	x.one += p
	x.ones += x.one
	for c, y := range v {
		x.totals[c] += p * math.Abs(float64(y))
		x.sums[c] += x.totals[c]
		x.values[c] = max(x.values[c], math.Abs(float64(y)))
	}
}

// close takes in what goes through the state.
func (x *linearMean) close(w rowWeights[float64]) {
	share, m := 0.0, float64(len(x.share)+1)
	for _, y := range x.share {
		share = max(share, y)
	}
	alike := x.likeness.of(x.share, x.one)
	num := make([]float64, len(x.totals))
	for c, t := range x.totals {
		state := alike * share * x.values[c] * x.sums[c]
		if most := float64(x.keys) * t * t; !(state < most) {
			state = most // a first state whose norm is 0
		}
		num[c] = state + m*alike*t*t
	}
	x.state = stateSums{steps: len(x.share) + 1, num: num, den: alike * (share*x.ones + m*x.one*x.one)}
	for c := range x.columns {
		if k := &x.columns[c]; x.flushed > 0.5 { // all that is left may be 0
			k.flushed += math.Abs(k.out)
		}
	}
	for _, y := range x.q.value {
		x.length += math.Abs(y)
	}
	x.den = math.Abs(w.sum)
	if x.refs != nil {
		x.den /= x.refs.unit(w.top)
	}
}
