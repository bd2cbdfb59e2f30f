// Package oracle is attention by its definition, as package attn states it: one
// query row at a time, every sum sequential, no blocking and no reordering. It
// shares no code with the variants. In float64 it is the reference; in float32
// it measures what honest single precision loses.
package oracle

import (
	"math"

	"attnbench/attn"
)

// Float is the precision that a definition is evaluated in.
type Float interface{ float32 | float64 }

// Row is one query row: batch entry, query head, row.
type Row struct{ B, H, I int }

// Eval computes one row in the precision T. out [Dv] is overwritten; lse is the
// natural log-sum-exp of a softmax row and 0 for other rules.
func Eval[T Float](p *attn.Problem, a *attn.Args, r Row, out []T) (lse T) {
	if p.Rule.Kind == attn.Recurrent {
		recur(p, a, r.B, r.H, []int{r.I}, func(_ int, o []T, _ *state[T]) { copy(out, o) })
		return 0
	}
	w := weights[T](p, a, r)
	clear(out)
	for _, k := range w.keys {
		v := a.V.Row(r.B, p.KVHead(r.H), k.index)
		for c := range out {
			out[c] += k.weight * T(v[c])
		}
	}
	if a.State0.Data != nil {
		for i, x := range features[T](p, a, a.Q.Row(r.B, r.H, r.I)) {
			for c, s := range a.State0.Row(r.B, p.KVHead(r.H), i) {
				out[c] += x * T(s)
			}
		}
	}
	for c := range out {
		if w.sum == 0 {
			out[c] = 0
		} else {
			out[c] /= w.sum
		}
	}
	return w.lse
}

// weighted is a visible key and its weight before the division by the sum.
type weighted[T Float] struct {
	index  int
	weight T
}

type rowWeights[T Float] struct {
	keys []weighted[T]
	sum  T
	lse  T
}

func weights[T Float](p *attn.Problem, a *attn.Args, r Row) rowWeights[T] {
	var keys []weighted[T]
	position := p.Start(r.B) + r.I
	mask := p.Mask
	var bias []float32
	if p.Bias != (attn.BiasShape{}) {
		bias = biasOf(p, a, r)
	}
	for j := range p.Keys(r.B) {
		if bias != nil && math.IsInf(float64(bias[j]), -1) {
			continue
		}
		if mask == nil || mask.Visible(r.B, r.H, position, j) {
			keys = append(keys, weighted[T]{index: j})
		}
	}
	if p.Rule.Kind == attn.Linear {
		return linearWeights(p, a, r, keys)
	}
	return softmaxWeights(p, a, r, keys, position)
}

// biasOf is the bias of a row [Nk]: entries and heads of which there is one are
// everybody's.
func biasOf(p *attn.Problem, a *attn.Args, r Row) []float32 {
	return a.Bias.Row(r.B%p.Bias.Batch, r.H%p.Bias.Heads, r.I)
}

func softmaxWeights[T Float](p *attn.Problem, a *attn.Args, r Row, keys []weighted[T], position int) rowWeights[T] {
	q, g := a.Q.Row(r.B, r.H, r.I), p.KVHead(r.H)
	scale := T(p.Scale.Value(p.HeadDim))
	top := T(math.Inf(-1))
	if p.SinkLogits != nil {
		top = T(p.SinkLogits[r.H])
	}
	for n := range keys {
		j := keys[n].index
		var s T
		for c, x := range a.K.Row(r.B, g, j) {
			s += T(q[c]) * T(x)
		}
		s *= scale
		if p.Softcap != 0 {
			s = T(p.Softcap) * T(math.Tanh(float64(s/T(p.Softcap))))
		}
		if p.ALiBi != nil {
			s -= T(p.ALiBi[r.H]) * T(max(position-j, j-position))
		}
		if p.Bias != (attn.BiasShape{}) {
			s += T(biasOf(p, a, r)[j])
		}
		keys[n].weight = s
		top = max(top, s) // NaN where s is
	}
	if math.IsInf(float64(top), -1) {
		return rowWeights[T]{lse: top}
	}
	var sum T
	for n := range keys {
		keys[n].weight = T(math.Exp(float64(keys[n].weight - top)))
		sum += keys[n].weight
	}
	if p.SinkLogits != nil {
		sum += T(math.Exp(float64(T(p.SinkLogits[r.H]) - top)))
	}
	return rowWeights[T]{keys: keys, sum: sum, lse: top + T(math.Log(float64(sum)))}
}

func linearWeights[T Float](p *attn.Problem, a *attn.Args, r Row, keys []weighted[T]) rowWeights[T] {
	q, g := features[T](p, a, a.Q.Row(r.B, r.H, r.I)), p.KVHead(r.H)
	var sum T
	for n := range keys {
		var s T
		for c, x := range features[T](p, a, a.K.Row(r.B, g, keys[n].index)) {
			s += q[c] * x
		}
		keys[n].weight = s
		sum += s
	}
	if a.Norm0.Data != nil { // what came before the first key
		for i, z := range a.Norm0.Row(r.B, g, 0) {
			sum += q[i] * T(z)
		}
	}
	return rowWeights[T]{keys: keys, sum: sum + T(p.Rule.Eps)}
}
