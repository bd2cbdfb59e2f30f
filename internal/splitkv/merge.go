package splitkv

import (
	"math"

	"attnbench/internal/kernel"
)

// merge writes Out and LSE of one query from the results of its splits: with m the
// largest of theirs, l = Σ l_s·2^(m_s-m) and Out = Σ o_s·2^(m_s-m) / l (Dao et al.
// 2023, Flash-Decoding). A sink logit is one more split, whose value is zero.
func (x *step) merge(b, h, i int) {
	splits := x.splitsOf(*x.list(b, i, h))
	m, l := float32(math.Inf(-1)), float32(0)
	sink := m
	if x.s.p.SinkLogits != nil {
		sink = x.s.p.SinkLogits[h] * math.Log2E
		m = sink
	}
	for split := range splits {
		m = max(m, x.result(b, h, i, split)[0])
	}
	out := x.a.Out.Row(b, h, i)
	clear(out)
	if sink > float32(math.Inf(-1)) {
		l = kernel.Exp2(sink - m)
	}
	for split := range splits {
		part := x.result(b, h, i, split)
		if part[1] == 0 {
			continue // it saw no key
		}
		factor := kernel.Exp2(part[0] - m)
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
		at := (b*x.s.p.QHeads+h)*x.a.Q.Shape[2] + i
		x.a.LSE[at] = float32((float64(m) + math.Log2(float64(l))) / math.Log2E)
	}
}
