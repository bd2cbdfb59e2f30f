package harness

import (
	"fmt"
	"math"
	"slices"

	"attnbench/attn"
	"attnbench/harness/result"
	"attnbench/internal/guard"
	"attnbench/internal/oracle"
)

// maxCheckedRows bounds the query rows of a point that the oracle evaluates: each row
// costs O(Nk·(D+Dv)) in two precisions.
const maxCheckedRows = 64

// oracleCheck decides whether a point gets a time: it compares the point's output
// with sampled rows of the oracle.
type oracleCheck struct {
	p     attn.Problem
	rows  []oracle.Expected
	drift *result.Drift
}

// newOracleCheck evaluates the oracle on sampled rows of the timed buffers.
func newOracleCheck(p attn.Problem, a attn.Args, seed uint64) oracleCheck {
	sample := oracle.Sample(&p, maxCheckedRows, seed)
	c := oracleCheck{p: p, rows: oracle.ExpectAll(p, a, sample)}
	d := oracle.Drift(c.rows, oracle.DenseRows(p, a, c.rows))
	c.drift = &result.Drift{RelL2: d.RelL2, MaxAbs: d.MaxAbs, Cosine: d.Cosine}
	return c
}

type hardProfile struct {
	name string
	of   func(attn.Args) attn.Args
}

// hardProfiles are the numbers that every point is checked on beside the timed
// numbers: V of one sign, since errors of the weights cancel in a mean of both signs,
// and near one-hot weights. Each is made of the timed numbers as package input makes
// the profile of the same name of gaussian numbers.
var hardProfiles = []hardProfile{
	{"positive", func(a attn.Args) attn.Args {
		a.V = mapped(a.V, func(x float32) float32 { return float32(math.Abs(float64(x))) })
		return a
	}},
	{"peaky", func(a attn.Args) attn.Args {
		a.Q = mapped(a.Q, func(x float32) float32 { return 8 * x })
		return a
	}},
}

// hardBeside are the hard profiles other than the timed input.
func hardBeside(input string) []hardProfile {
	return slices.DeleteFunc(slices.Clone(hardProfiles), func(hard hardProfile) bool { return hard.name == input })
}

// mapped is a copy of t in the same layout, with f applied to every element.
func mapped(t attn.Tensor, f func(float32) float32) attn.Tensor {
	data := make([]float32, len(t.Data))
	for i, x := range t.Data {
		data[i] = f(x)
	}
	t.Data = data
	return t
}

// checkHard runs the plan on the hard profiles other than the timed input and checks
// the same rows. It returns the verdict with the largest error in units of its budget:
// v, or that of a hard profile. It overwrites a.Out.
func (c oracleCheck) checkHard(v verdict, input string, plan attn.Plan, a attn.Args, ws []float32) (verdict, error) {
	rows := make([]oracle.Row, len(c.rows))
	for i, e := range c.rows {
		rows[i] = e.Row
	}
	for _, hard := range hardBeside(input) {
		b := hard.of(a)
		guard.Poison(b.Out.Data)
		if err := forward(plan, b, ws); err != nil {
			return v, fmt.Errorf("on %s numbers: %w", hard.name, err)
		}
		w := oracleCheck{p: c.p, rows: oracle.ExpectAll(c.p, b, rows)}.check(b.Out, hard.name)
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
	disagrees string // says how, in words; empty where all rows agree
}

// keep takes w in, where it is the worse of the two.
func (v *verdict) keep(w verdict) {
	if v.agreement.Rows == 0 || w.disagrees != "" || w.agreement.Worst > v.agreement.Worst {
		*v = w
	}
}

// check compares out with the expected rows; profile names the numbers.
func (c oracleCheck) check(out attn.Tensor, profile string) verdict {
	v := oracle.Compare(&c.p, c.rows, out, nil)
	return verdict{
		agreement: result.Agreement{
			MaxAbs: v.MaxAbs, Budget: v.Budget, Worst: v.Worst, Rows: v.Rows,
			Of:      int64(c.p.Batch) * int64(c.p.QHeads) * int64(c.p.QLen),
			Profile: profile,
		},
		disagrees: v.First,
	}
}
