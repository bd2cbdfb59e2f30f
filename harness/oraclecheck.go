package harness

import (
	"fmt"
	"math"

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

// hardProfiles are the numbers that every point is checked on beside the timed
// ones: V of one sign, since the errors of the weights cancel in a mean of both,
// and near one-hot weights. They are made of the timed numbers, as package input
// makes the profiles of these names of gaussian ones.
var hardProfiles = []struct {
	name string
	of   func(attn.Args) attn.Args
}{
	{"positive", func(a attn.Args) attn.Args {
		a.V = mapped(a.V, func(x float32) float32 { return float32(math.Abs(float64(x))) })
		return a
	}},
	{"peaky", func(a attn.Args) attn.Args {
		a.Q = mapped(a.Q, func(x float32) float32 { return 8 * x })
		return a
	}},
}

// mapped is a copy of t with f of every element, in the same layout.
func mapped(t attn.Tensor, f func(float32) float32) attn.Tensor {
	data := make([]float32, len(t.Data))
	for i, x := range t.Data {
		data[i] = f(x)
	}
	t.Data = data
	return t
}

// checkHard runs the plan on the hard profiles that are not timed themselves, on
// the rows of g, and returns the verdict with the worst error in units of its
// budget: v, or one of theirs. It overwrites a.Out.
func (g gate) checkHard(v verdict, input string, plan attn.Plan, a attn.Args, ws []float32) (verdict, error) {
	rows := make([]oracle.Row, len(g.rows))
	for i, e := range g.rows {
		rows[i] = e.Row
	}
	for _, hard := range hardProfiles {
		if hard.name == input {
			continue
		}
		b := hard.of(a)
		poison(b.Out.Data)
		if err := forward(plan, b, ws); err != nil {
			return v, fmt.Errorf("on %s numbers: %w", hard.name, err)
		}
		w := gate{p: g.p, rows: oracle.ExpectAll(g.p, b, rows)}.check(b.Out, hard.name)
		if w.disagrees != "" {
			w.disagrees = "on " + hard.name + " numbers: " + w.disagrees
		}
		if w.agreement.Worst > v.agreement.Worst {
			v = w
		}
	}
	return v, nil
}

type verdict struct {
	agreement result.Agreement
	disagrees string // in words; empty where all rows agree
}

// check compares out with the expected rows; profile names the numbers.
func (g gate) check(out attn.Tensor, profile string) verdict {
	v := oracle.Compare(&g.p, g.rows, out, nil)
	return verdict{
		agreement: result.Agreement{
			MaxAbs: v.MaxAbs, Budget: v.Budget, Worst: v.Worst, Rows: v.Rows,
			Of:      int64(g.p.Batch) * int64(g.p.QHeads) * int64(g.p.QLen),
			Profile: profile,
		},
		disagrees: v.First,
	}
}
