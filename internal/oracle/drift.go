package oracle

import (
	"math"

	"attnbench/attn"
	"attnbench/attn/mask"
)

// Dense is the Problem that quality is measured against: plain softmax attention
// of the same shapes and scale, causal where no query of p sees a key past its
// own position, full otherwise.
func Dense(p attn.Problem) attn.Problem {
	mask := attn.Causal()
	if seesFuture(p) {
		mask = attn.Full()
	}
	p.Mask, p.Rule, p.LogDecay = mask, attn.Rule{}, nil
	p.Softcap, p.ALiBi, p.SinkLogits, p.Bias = 0, nil, nil, attn.BiasShape{}
	return p
}

// seesFuture asks the mask about 64 queries at a time, and about each of the queries if the
// spans reach past the first query.
func seesFuture(p attn.Problem) bool {
	m := p.VisibilityMask()
	var spans []mask.Span
	for b := range p.Batch {
		for h := range p.QHeads {
			for i := 0; i < p.QLen; i += 64 {
				q0 := p.Start(b) + i
				q1 := q0 + min(64, p.QLen-i)
				spans = m.Spans(spans[:0], b, h, q0, q1, p.Keys(b))
				for _, r := range spans {
					for t := q0; t < q1; t++ {
						if seesIn(m, b, h, t, max(r.Lo, t+1), r.Hi) {
							return true
						}
					}
				}
			}
			if _, head := m.Varies(); !head {
				break
			}
		}
	}
	return false
}

// seesIn reports whether the query at position t sees a key of [lo, hi).
func seesIn(m attn.Mask, b, h, t, lo, hi int) bool {
	for ; lo < hi; lo += 64 {
		word := m.Bits(b, h, t, lo)
		if left := hi - lo; left < 64 {
			word &= 1<<left - 1
		}
		if word != 0 {
			return true
		}
	}
	return false
}

// DenseRows evaluates dense attention on the tensors of p at the given rows: the outputs
// alone, without budgets.
func DenseRows(p attn.Problem, a attn.Args, rows []Expected) []Expected {
	p = Dense(p)
	dense := make([]Expected, len(rows))
	onAllCores(len(rows), func(i int) {
		dense[i] = Expected{Row: rows[i].Row, Out: make([]float64, p.ValueDim)}
		dense[i].LSE = Eval(&p, &a, rows[i].Row, dense[i].Out)
	})
	return dense
}

// Distance is how far one set of rows lies from another.
type Distance struct {
	RelL2  float64 // |x - y| / |y| over all rows
	MaxAbs float64 // of an element
	Cosine float64 // mean over the rows; a row of zeros has cosine 0, two of them 1
}

// Drift is the distance of the expected rows from those of dense attention.
// Both must hold the same rows in the same order.
func Drift(rows, dense []Expected) Distance {
	var d Distance
	var diff2, norm2 float64
	for i := range rows {
		var xx, yy, xy float64
		for c, x := range rows[i].Out {
			y := dense[i].Out[c]
			diff2 += (x - y) * (x - y)
			d.MaxAbs = math.Max(d.MaxAbs, math.Abs(x-y))
			xx, yy, xy = xx+x*x, yy+y*y, xy+x*y
		}
		norm2 += yy
		switch {
		case xx == 0 && yy == 0:
			d.Cosine++
		case xx > 0 && yy > 0:
			d.Cosine += xy / math.Sqrt(xx) / math.Sqrt(yy)
		}
	}
	if norm2 > 0 {
		d.RelL2 = math.Sqrt(diff2 / norm2)
	}
	if len(rows) > 0 {
		d.Cosine /= float64(len(rows))
	}
	return d
}
