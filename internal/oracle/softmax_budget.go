package oracle

import (
	"math"

	"attnbench/attn"
)

// softmaxBudget gives e, whose Out and LSE are those of the weights w, its budgets: those of a
// mean of the values, under weights that round as scoring says. A sink logit is one more
// key, with v = 0.
//
// The maximum rises at most as often as a score exceeds all before it, over all keys or over
// those of a partial result. A rescaling rounds by an exponential and by a maximum in units of
// log2. Two results may be merged by their LSEs, which round as much.
func softmaxBudget(p *attn.Problem, a *attn.Args, keys []int, w rowWeights[float64], e *Expected) {
	x := scoring{p: p, a: a, r: e.Row, scale: p.Scale.Value(p.HeadDim)}
	terms, weights := make([]term, len(keys)), make([]float64, len(keys))
	x.top.score = math.Inf(-1)
	for n, j := range keys {
		terms[n] = x.of(j)
		if w.sum == 0 {
			continue // none has a weight
		}
		weights[n] = w.keys[n] / w.sum
		if weights[n] > 0 && terms[n].score > x.top.score {
			x.top = terms[n]
		}
		e.ScoresOverflow = e.ScoresOverflow || weights[n] > 0 && terms[n].overflows
	}
	if w.sum == 0 {
		e.Budget = make([]float64, len(e.Out))
		return
	}
	m := newMean(e.Out, weights)
	top, rising := x.top.score, maxima{math.Inf(-1), math.Inf(-1)}
	if p.SinkLogits != nil {
		sink := float64(p.SinkLogits[e.Row.H])
		if math.IsInf(top, -1) {
			x.top.score = sink
		}
		top = max(top, sink)
		rising = maxima{sink, sink}
		m.add(math.Exp(sink-w.lse), x.sink(sink), nil, flushOf(math.Exp(sink-w.lse), sink-top))
	}
	g := p.KVHead(e.Row.H)
	for n, j := range keys {
		v := a.V.Row(e.Row.B, g, j)
		m.see(v)
		if weights[n] > 0 {
			if e := rising.take(n, terms[n].score); e > 0 {
				m.rescaled(e)
			}
			m.add(weights[n], x.weight(terms[n]), v, flushOf(weights[n], terms[n].score-top))
		}
	}
	for range 2 {
		m.rescaled(exponential + math.Abs(top) + math.Abs(w.lse))
	}
	m.allow(e, true, p.SinkLogits != nil || len(keys) == 0)
	if finite(w.lse) {
		e.LSEBudget = m.lse(w.lse, math.Abs(top)+math.Abs(x.top.raw)+math.Abs(x.top.alibi))
	}
}

// flushOf is p where its weight, exp(x) of the largest, may be flushed to 0.
func flushOf(p, x float64) float64 {
	if x < lnFlushed {
		return p
	}
	return 0
}

var lnFlushed = math.Log(flushed)

// splitKeys cuts the keys that a query sees into the partial results of a decode step.
const splitKeys = 4096

// maxima are the running maximum of a row over all keys, and over those of a split.
type maxima struct{ whole, split float64 }

// take takes the score of visible key n. It returns what a rescaling rounds by, or 0 where
// neither maximum rises.
func (x *maxima) take(n int, score float64) (rounds float64) {
	if n%splitKeys == 0 {
		x.split = math.Inf(-1)
	}
	for _, top := range []*float64{&x.whole, &x.split} {
		if score > *top {
			if !math.IsInf(*top, -1) {
				rounds = exponential + max(math.Abs(score), math.Abs(*top))
			}
			*top = score
		}
	}
	return rounds
}
