// Package check decides whether a point gets a time: it compares what was computed with
// sampled rows of the oracle, before the samples on numbers that are hard, and at every sample
// on the numbers that are timed.
package check

import (
	"attnbench/attn"
	"attnbench/harness/result"
	"attnbench/internal/oracle"
)

// MaxRows bounds the query rows of a point that the oracle evaluates, where the point has
// fewer heads: each row costs O(Nk·(D+Dv)) in two precisions.
const MaxRows = 64

// Disagreement is the error of an output that is wrong: Verdict.Disagrees says how.
type Disagreement struct{ Verdict }

// Error implements error.
func (d Disagreement) Error() string { return d.Disagrees }

// Verdict is what a comparison found.
type Verdict struct {
	Agreement result.Agreement
	Disagrees string // says how, in words; empty where all rows agree
}

// Keep takes w in, where it is the worse of the two.
func (v *Verdict) Keep(w Verdict) {
	if v.Agreement.Rows == 0 || w.Disagrees != "" || w.Agreement.Worst > v.Agreement.Worst {
		*v = w
	}
}

// Err is a Disagreement, or nil where all rows agree.
func (v Verdict) Err() error {
	if v.Disagrees != "" {
		return Disagreement{v}
	}
	return nil
}

// Rows are sampled rows of a Problem and what each must be.
type Rows struct {
	p    attn.Problem
	want []oracle.Expected
}

// NewRows evaluates the oracle on about n rows of the numbers of a, at least one of each head.
func NewRows(p attn.Problem, a attn.Args, n int, seed uint64) Rows {
	return Rows{p, oracle.ExpectAll(p, a, oracle.Sample(&p, n, seed))}
}

// On are the same rows for the numbers of a.
func (r Rows) On(a attn.Args) Rows {
	rows := make([]oracle.Row, len(r.want))
	for i, e := range r.want {
		rows[i] = e.Row
	}
	return Rows{r.p, oracle.ExpectAll(r.p, a, rows)}
}

// Empty reports whether there are no rows.
func (r Rows) Empty() bool { return len(r.want) == 0 }

// Queries is the number of queries of the Problem.
func (r Rows) Queries() int { return r.p.QLen }

// Drift is the distance of the rows from dense softmax over the numbers of a.
func (r Rows) Drift(a attn.Args) *result.Drift {
	d := oracle.Drift(r.want, oracle.DenseRows(r.p, a, r.want))
	return &result.Drift{RelL2: d.RelL2, MaxAbs: d.MaxAbs, Cosine: d.Cosine}
}

// Check compares out [B, Hq, Nq, Dv] with the rows; profile names the numbers.
func (r Rows) Check(out attn.Tensor, profile string) Verdict {
	v := oracle.Compare(&r.p, r.want, out, nil)
	return Verdict{
		Agreement: result.Agreement{
			MaxAbs: v.MaxAbs, Budget: v.Budget, Worst: v.Worst, Rows: v.Rows,
			Of:      int64(r.p.Batch) * int64(r.p.QHeads) * int64(r.p.QLen),
			Profile: profile,
		},
		Disagrees: v.First,
	}
}

// RowsOf are rows of p that are known already.
func RowsOf(p attn.Problem, want []oracle.Expected) Rows { return Rows{p, want} }
