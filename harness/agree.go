package harness

import (
	"attnbench/attn"
	"attnbench/harness/result"
	"attnbench/internal/oracle"
)

// checkedRows is the most query rows of a point that the oracle evaluates: each
// costs O(Nk·(D+Dv)) in two precisions, at any length.
const checkedRows = 64

// gate holds what a point's output must be.
type gate struct {
	p     attn.Problem
	rows  []oracle.Expected
	drift *result.Drift
}

// newGate evaluates the oracle on sampled rows of the buffers that will be timed.
func newGate(p attn.Problem, a attn.Args, seed uint64) gate {
	sample := oracle.Sample(&p, checkedRows, seed)
	g := gate{p: p, rows: oracle.ExpectAll(p, a, sample)}
	d := oracle.Drift(g.rows, oracle.ExpectAll(oracle.Dense(p), a, sample))
	g.drift = &result.Drift{RelL2: d.RelL2, MaxAbs: d.MaxAbs, Cosine: d.Cosine}
	return g
}

type verdict struct {
	agreement result.Agreement
	disagrees string // in words; empty where all rows agree
}

func (g gate) check(out attn.Tensor) verdict {
	v := oracle.Compare(&g.p, g.rows, out, nil)
	return verdict{
		agreement: result.Agreement{
			MaxAbs: v.MaxAbs, Budget: v.Budget, Worst: v.Worst, Rows: v.Rows,
			Of: int64(g.p.Batch) * int64(g.p.QHeads) * int64(g.p.QLen),
		},
		disagrees: v.First,
	}
}
