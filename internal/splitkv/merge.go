package splitkv

import (
	"attnbench/internal/kernel"
	"attnbench/internal/tile"
)

// partial is the partial result of one split of one query: m, l, and o [Dv] divided by l, so
// that it is in the range of V.
func (x *step) partial(b, h, i, split int) []float32 {
	at := x.workers*x.workerFloats + (((b*x.s.p.QHeads+h)*x.rows+i)*x.maxSplits+split)*x.partialFloats
	return x.ws[at : at+x.partialFloats : at+x.partialFloats]
}

// merge writes Out and LSE of one query from its partial results: with m the largest m_s,
// l = Σ l_s·e^(m_s-m) and Out = Σ o_s·w_s, w_s = l_s·e^(m_s-m) / l (Dao et al. 2023,
// Flash-Decoding). A sink logit is one more partial result, with o zero.
func (x *step) merge(b, h, i int) {
	splits := x.splitsOf(*x.spansOf(b, i, h))
	m, l := x.s.modifiers.Sink(h)
	for split := range splits {
		m = max(m, x.partial(b, h, i, split)[0])
	}
	if l != 0 {
		sink, _ := x.s.modifiers.Sink(h)
		l = kernel.Exp(sink - m)
	}
	for split := range splits {
		l += weight(x.partial(b, h, i, split), m)
	}
	out := x.a.Out.Row(b, h, i)
	clear(out)
	for split := range splits {
		part := x.partial(b, h, i, split)
		if part[1] == 0 {
			continue // it saw no key
		}
		w := weight(part, m) / l
		for c, y := range part[2:] {
			out[c] += w * y
		}
	}
	if !x.s.set.Finite(out, len(out), 1, len(out)) {
		x.mergeOverflowed(b, h, i, splits, m, l)
	}
	if x.a.LSE != nil {
		x.a.LSE[(b*x.s.p.QHeads+h)*x.a.Q.Shape[2]+i] = tile.LSE(m, l)
	}
}

// weight is l_s·e^(m_s-m), 0 for a split that saw no key.
func weight(part []float32, m float32) float32 {
	if part[1] == 0 {
		return 0
	}
	return part[1] * kernel.Exp(part[0]-m)
}

// mergeOverflowed is merge of the elements of Out that are not finite: weights that sum to 1
// and their roundings carry a mean at the end of float32's range past it.
func (x *step) mergeOverflowed(b, h, i, splits int, m, l float32) {
	out := x.a.Out.Row(b, h, i)
	for c, y := range out {
		if y-y == 0 {
			continue
		}
		var sum float64
		for split := range splits {
			if part := x.partial(b, h, i, split); part[1] != 0 {
				sum += float64(weight(part, m)) / float64(l) * float64(part[2+c])
			}
		}
		out[c] = tile.Saturated(sum)
	}
}
