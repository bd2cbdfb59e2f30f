package oracle

import (
	"math"

	"attnbench/attn"
)

// softmax is one row of softmax attention (Vaswani et al. 2017, section 3.2.1):
//
//	out = Σ_j exp(s_j - max) v_j / Σ_j exp(s_j - max)
//
// over the visible keys; a sink logit is a term of the denominator alone.
func softmax[T Float](p *attn.Problem, a *attn.Args, r Row, keys []int, out []T) rowWeights[T] {
	w := softmaxWeights[T](p, a, r, keys)
	clear(out)
	for n, weight := range w.keys {
		for c, v := range a.V.Row(r.B, p.KVHead(r.H), keys[n]) {
			out[c] += weight * T(v)
		}
	}
	divide(out, w.sum)
	return w
}

// score is the logit of key j: scale, softcap, ALiBi, bias, in this order.
func score[T Float](p *attn.Problem, a *attn.Args, r Row, j int) T {
	q, k := a.Q.Row(r.B, r.H, r.I), a.K.Row(r.B, p.KVHead(r.H), j)
	var s T
	for c, x := range k {
		s += T(q[c]) * T(x)
	}
	s *= T(p.Scale.Value(p.HeadDim))
	if p.Softcap != 0 {
		s = T(p.Softcap) * T(math.Tanh(float64(s/T(p.Softcap))))
	}
	if p.ALiBi != nil {
		position := p.Start(r.B) + r.I
		s -= T(p.ALiBi[r.H]) * T(max(position-j, j-position))
	}
	if p.Bias != (attn.BiasShape{}) {
		s = biased(s, T(biasOf(p, a, r)[j]))
	}
	return s
}

// biased is s + bias. Where both are finite the sum ends at the ends of float32's range, so
// that every finite bias leaves its key visible.
func biased[T Float](s, bias T) T {
	const end = math.MaxFloat32
	if -end <= s && s <= end && -end <= bias && bias <= end {
		return min(max(s+bias, -end), end)
	}
	return s + bias
}

// rowWeights are the weights of a row's visible keys before the division by their sum.
type rowWeights[T Float] struct {
	keys     []T // in the order of visibleKeys
	sum, lse T
	state    []T // of a linear rule with a first state: what multiplies the rows of State0
	top      T   // of FAVOR+, the logarithm of what all are divided by
}

func softmaxWeights[T Float](p *attn.Problem, a *attn.Args, r Row, keys []int) rowWeights[T] {
	w := rowWeights[T]{keys: make([]T, len(keys))}
	top := T(math.Inf(-1))
	if p.SinkLogits != nil {
		top = T(p.SinkLogits[r.H])
	}
	for n, j := range keys {
		w.keys[n] = score[T](p, a, r, j)
		top = max(top, w.keys[n]) // NaN if the score is
	}
	if math.IsInf(float64(top), -1) {
		return rowWeights[T]{lse: top} // no key, or none of any weight
	}
	for n, s := range w.keys {
		w.keys[n] = T(math.Exp(float64(s - top)))
		w.sum += w.keys[n]
	}
	if p.SinkLogits != nil {
		w.sum += T(math.Exp(float64(T(p.SinkLogits[r.H]) - top)))
	}
	w.lse = top + T(math.Log(float64(w.sum)))
	return w
}

// divide ends a row: a denominator of 0 makes it 0.
func divide[T Float](out []T, sum T) {
	for c := range out {
		if sum == 0 {
			out[c] = 0
		} else {
			out[c] /= sum
		}
	}
}
