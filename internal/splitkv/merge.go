package splitkv

import (
	"attnbench/internal/kernel"
	"attnbench/internal/tile"
)

// partial is the partial result of one split of one query: m, l and o [Dv], not divided by l.
func (x *step) partial(b, h, i, split int) []float32 {
	at := x.s.o.Workers*x.workerFloats + (((b*x.s.p.QHeads+h)*x.rows+i)*x.maxSplits+split)*x.partialFloats
	return x.ws[at : at+x.partialFloats : at+x.partialFloats]
}

// merge writes Out and LSE of one query from its partial results: with m the largest
// m_s, l = Σ l_s·e^(m_s-m) and Out = Σ o_s·e^(m_s-m) / l (Dao et al. 2023,
// Flash-Decoding). A sink logit is one more partial result, with o zero.
func (x *step) merge(b, h, i int) {
	splits := x.splitsOf(*x.spansOf(b, i, h))
	sink, l := x.s.modifiers.Sink(h)
	m := sink
	for split := range splits {
		m = max(m, x.partial(b, h, i, split)[0])
	}
	if l != 0 {
		l = kernel.Exp(sink - m)
	}
	out := x.a.Out.Row(b, h, i)
	clear(out)
	for split := range splits {
		part := x.partial(b, h, i, split)
		if part[1] == 0 {
			continue // it saw no key
		}
		factor := kernel.Exp(part[0] - m)
		l += factor * part[1]
		for c, y := range part[2:] {
			out[c] += factor * y
		}
	}
	if l != 0 {
		for c := range out {
			out[c] /= l
		}
	}
	if x.a.LSE != nil {
		x.a.LSE[(b*x.s.p.QHeads+h)*x.a.Q.Shape[2]+i] = tile.LSE(m, l)
	}
}
