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
	name    string
	softmax bool // asks nothing of another rule
	of      func(attn.Problem, attn.Args) attn.Args
}

// hardProfiles are the numbers that every point is checked on beside the timed
// numbers: V of one sign, since errors of the weights cancel in a mean of both signs,
// near one-hot weights, and scores of which exp overflows or vanishes unless their maximum
// is subtracted. Each is made of the timed numbers, positive and peaky as package input
// makes the profile of the same name of gaussian numbers.
var hardProfiles = []hardProfile{
	{name: "positive", of: func(_ attn.Problem, a attn.Args) attn.Args {
		a.V = mapped(a.V, func(x float32) float32 { return float32(math.Abs(float64(x))) })
		return a
	}},
	{name: "peaky", of: func(_ attn.Problem, a attn.Args) attn.Args {
		a.Q = mapped(a.Q, func(x float32) float32 { return 8 * x })
		return a
	}},
	{name: "shifted", softmax: true, of: shifted},
}

// scoreShift is what shifted adds to the scores of even rows and takes from those of odd
// rows: float32 holds neither exp(128) nor exp(-128).
const scoreShift = 128

// shifted writes x into column 0 of K and ±x into column 0 of Q, with scale·x² = scoreShift.
// The softmax of a row does not change by what all of its scores have in common.
func shifted(p attn.Problem, a attn.Args) attn.Args {
	x := min(math.Sqrt(scoreShift/math.Abs(p.Scale.Value(p.HeadDim))), 1e18)
	same := func(x float32) float32 { return x }
	a.Q, a.K = mapped(a.Q, same), mapped(a.K, same)
	for _, t := range []struct {
		attn.Tensor
		odd float64
	}{{a.Q, -x}, {a.K, x}} {
		for b := range t.Shape[0] {
			for h := range t.Shape[1] {
				for i := range t.Shape[2] {
					t.Row(b, h, i)[0] = float32([]float64{x, t.odd}[i%2])
				}
			}
		}
	}
	return a
}

// hardBeside are the hard profiles of p's rule other than the timed input.
func hardBeside(p attn.Problem, input string) []hardProfile {
	return slices.DeleteFunc(slices.Clone(hardProfiles), func(hard hardProfile) bool {
		return hard.name == input || hard.softmax && p.Rule.Kind != attn.Softmax
	})
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
	for _, hard := range hardBeside(c.p, input) {
		b := hard.of(c.p, a)
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
