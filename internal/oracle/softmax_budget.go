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
// those of a partial result. A rescaling rounds by an exponential, a function of its argument
// that may be off by the same every time, and by the maximum in units of log2.
//
// Partial results of runs of keys may be merged by their maxima or by their LSEs, in float32:
// an exponential and two of these numbers for each run. That is as many as there are runs of
// runKeys, and two at least, so that runs may be shorter where they are three or fewer.
func softmaxBudget(p *attn.Problem, a *attn.Args, keys []int, w rowWeights[float64], e *Expected) {
	x := newScoring(p, a, e.Row)
	terms, weights := make([]term, len(keys)), make([]float64, len(keys))
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
	m.logs.ofTop = u * (x.distance(x.top).bound() + 2*math.Abs(x.top.score))
	top, rising := x.top.score, maxima{math.Inf(-1), math.Inf(-1)}
	if p.SinkLogits != nil {
		sink := float64(p.SinkLogits[e.Row.H])
		if math.IsInf(top, -1) {
			x.top.score = sink
		}
		top = max(top, sink)
		rising = maxima{sink, sink}
		m.addExp(math.Exp(sink-w.lse), sink-w.lse, x.sink(sink), nil, flushOf(math.Exp(sink-w.lse), sink-top))
	}
	g, merge := p.KVHead(e.Row.H), rescaling{exponential, math.Abs(top) + math.Abs(w.lse), false}
	for n, j := range keys {
		if n%runKeys == 0 {
			if n > 0 {
				m.rescaled(merge)
			}
			m.beginRun()
			rising.run = math.Inf(-1)
		}
		v := a.V.Row(e.Row.B, g, j)
		m.see(v)
		if e := x.distance(terms[n]); weights[n] > 0 || m.mayWeigh(terms[n].score-w.lse, e) {
			if r, rises := rising.take(terms[n].score); rises {
				m.rescaled(r)
			}
			m.addExp(weights[n], terms[n].score-w.lse, e, v, flushOf(weights[n], terms[n].score-top))
		}
	}
	for range max(1, 2-(len(keys)-1)/runKeys) {
		m.rescaled(merge)
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

// runKeys is the length of the runs whose partial results may be merged in any number.
const runKeys = 512

// maxima are the running maximum of a row over all keys, and over those of a run.
type maxima struct{ whole, run float64 }

// take takes the score of the next key. It returns the rescaling, and whether there is one.
func (x *maxima) take(score float64) (r rescaling, rises bool) {
	for _, top := range []*float64{&x.run, &x.whole} {
		if score > *top {
			if !math.IsInf(*top, -1) {
				r = rescaling{exponential + 2*(score-*top), max(math.Abs(score), math.Abs(*top)), top == &x.run}
				rises = true
			}
			*top = score
		}
	}
	return r, rises
}
