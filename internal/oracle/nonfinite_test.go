package oracle

import (
	"math"
	"testing"

	"attnbench/attn"
)

var (
	inf = float32(math.Inf(1))
	nan = float32(math.NaN())
)

// pair is tiny with V of two columns, rows v and w.
func pair(q float32, k, v, w []float32) (attn.Problem, attn.Args) {
	p, a := tiny(q, k, nil)
	p.ValueDim = 2
	a.V, a.Out = attn.NewTensor(1, 1, len(k), 2), attn.NewTensor(1, 1, 1, 2)
	for j := range k {
		copy(a.V.Row(0, 0, j), []float32{v[j], w[j]})
	}
	return p, a
}

// 0·Inf is NaN: taken into the bound, a key without weight would leave the row
// the bare error of the float32 definition, which correct kernels exceed.
func TestAKeyOfZeroWeightAddsNothingToTheBound(t *testing.T) {
	p, a := tiny(1, []float32{0, ln2, ln3}, []float32{6, 12, 24})
	want := Expect(&p, &a, Row{})
	for _, k := range []float32{-inf, -3e38, -2000} {
		p, a := tiny(1, []float32{0, k, ln2, ln3}, []float32{6, 1000, 12, 24})
		got := Expect(&p, &a, Row{})
		if got.Budget[0] != want.Budget[0] || got.LSEBudget != want.LSEBudget || got.Out[0] != want.Out[0] || got.LSE != want.LSE {
			t.Errorf("with a key of logit %v: %+v: want as without it, %+v", k, got, want)
		}
	}
	// The product of two numbers, -1e40, is past the range of float32 only.
	p, a = tiny(1e20, []float32{1, -1e20, 1}, []float32{2, 5, 4})
	if got := Expect(&p, &a, Row{}); got.Out[0] != 3 || !(got.Budget[0] > 0) || !finite(got.Budget[0]) {
		t.Errorf("with a product that overflows: %+v", got)
	}
}

// A budget of NaN or Inf would be a test that cannot fail, and a column that is
// not finite must not be the excuse of its neighbours.
func TestNoRowIsExcused(t *testing.T) {
	const huge, number, wild = 3e38, true, false
	linear := func(p *attn.Problem) { p.Rule.Kind = attn.Linear }
	sink := func(x float32) func(*attn.Problem) { return func(p *attn.Problem) { p.SinkLogits = []float32{x} } }
	plain := func(*attn.Problem) {}
	for _, c := range []struct {
		name    string
		q       float32
		k, v, w []float32
		set     func(*attn.Problem)
		first   bool // column 0 is a number
		second  bool
		lse     bool
	}{
		{"finite", 1, []float32{0, 1}, []float32{1, 2}, []float32{3, 4}, plain, number, number, number},
		{"NaN in a column of V", 1, []float32{0, 1}, []float32{1, 2}, []float32{3, nan}, plain, number, wild, number},
		{"Inf in a column of V", 1, []float32{0, 1}, []float32{1, 2}, []float32{3, inf}, plain, number, wild, number},
		{"-Inf in a column of V", 1, []float32{0, 1}, []float32{1, 2}, []float32{3, -inf}, plain, number, wild, number},
		{"Inf in V, and a sink", 1, []float32{0, 1}, []float32{1, 2}, []float32{3, inf}, sink(2), number, wild, number},
		{"Inf in V of a key without weight", 1, []float32{0, -inf}, []float32{1, 2}, []float32{3, inf}, plain, number, wild, number},
		{"NaN in K", 1, []float32{0, nan}, []float32{1, 2}, []float32{3, 4}, plain, wild, wild, wild},
		{"Inf in K", 1, []float32{0, inf}, []float32{1, 2}, []float32{3, 4}, plain, wild, wild, wild},
		{"-Inf in K", 1, []float32{0, -inf}, []float32{1, 2}, []float32{3, 4}, plain, number, number, number},
		{"-Inf in all of K", 1, []float32{-inf, -inf}, []float32{1, nan}, []float32{3, 4}, plain, number, number, wild},
		{"-Inf in all of K, and a sink", 1, []float32{-inf, -inf}, []float32{1, 2}, []float32{3, 4}, sink(1), number, number, number},
		{"a softcap over Inf in K", 1, []float32{0, inf}, []float32{1, 2}, []float32{3, 4}, func(p *attn.Problem) { p.Softcap = 2 }, number, number, number},
		{"a sink of 3e38", 1, []float32{0, 1}, []float32{1, 2}, []float32{3, 4}, sink(huge), number, number, number},
		{"a sink of -3e38", 1, []float32{0, 1}, []float32{1, 2}, []float32{3, 4}, sink(-huge), number, number, number},
		{"sums that float32 overflows in", 1, []float32{0, 0}, []float32{huge, huge}, []float32{2e38, 3e38}, plain, number, number, number},
		{"scores that float32 overflows in", 1e20, []float32{1e20, 0}, []float32{1, 2}, []float32{3, 4}, plain, number, number, wild},
		{"linear, finite", 1, []float32{0, 1}, []float32{1, 2}, []float32{3, 4}, linear, number, number, number},
		{"linear, Inf in a column of V", 1, []float32{0, 1}, []float32{1, 2}, []float32{3, inf}, linear, number, wild, number},
		{"linear, -Inf in K", 1, []float32{0, -inf}, []float32{1, 2}, []float32{3, 4}, linear, number, number, number},
		{"linear, Inf in K", 1, []float32{0, inf}, []float32{1, 2}, []float32{3, 4}, linear, wild, wild, number},
		{"linear, Inf in Q", inf, []float32{0, 1}, []float32{1, 2}, []float32{3, 4}, linear, wild, wild, number},
		{"linear, a denominator of 0", -inf, []float32{0, 1}, []float32{1, 2}, []float32{3, nan}, linear, number, number, number},
	} {
		p, a := pair(c.q, c.k, c.v, c.w)
		c.set(&p)
		e := Expect(&p, &a, Row{})
		if !finite(e.Budget[0]) || !finite(e.Budget[1]) || !finite(e.LSEBudget) {
			t.Errorf("%s: budgets %v and %v", c.name, e.Budget, e.LSEBudget)
		}
		for column, number := range []bool{c.first, c.second} {
			o := e.Out[column]
			if finite(o) != number {
				t.Errorf("%s: column %d is %v", c.name, column, o)
			}
			if !number {
				o = 0
			}
			for _, wrong := range []float64{o + 0.01*math.Abs(o) + 0.01, 1e4*o + 1e4, -1e4*o - 1e4} {
				if _, ratio := miss(wrong, e.Out[column], e.Budget[column]); !(ratio > 1) {
					t.Errorf("%s: column %d may be %v instead of %v", c.name, column, wrong, e.Out[column])
				}
			}
			if _, ratio := miss(math.NaN(), e.Out[column], e.Budget[column]); (ratio > 1) != number {
				t.Errorf("%s: column %d is %v, and NaN instead has ratio %v", c.name, column, e.Out[column], ratio)
			}
		}
		if finite(e.LSE) != c.lse {
			t.Errorf("%s: LSE %v", c.name, e.LSE)
		}
		var v Verdict
		v.addLSE(&e, 1e-3+1.001*float64(float32(math.Max(e.LSE, -1e30))))
		if c.lse && v.First == "" {
			t.Errorf("%s: the LSE may miss %v by a thousandth: %+v", c.name, e.LSE, e)
		}
	}
}

// -Inf is a sum over nothing, which every method can tell from NaN; in an output
// it is an overflow like Inf, and may come out as NaN where a weight underflows.
func TestMinusInfIsStrictInTheLSEOnly(t *testing.T) {
	p, a := tiny(1, []float32{0, -120}, []float32{1, -inf})
	e := Expect(&p, &a, Row{})
	if !math.IsInf(e.Out[0], -1) {
		t.Fatalf("out %v: want -Inf, e^-120 of -Inf", e.Out[0])
	}
	for got, agree := range map[float64]bool{math.Inf(-1): true, math.NaN(): true, 1: false, -3e38: false} {
		if _, ratio := miss(got, e.Out[0], e.Budget[0]); (ratio <= 1) != agree {
			t.Errorf("%v where -Inf is due has ratio %v", got, ratio)
		}
	}
	blind := Expected{LSE: math.Inf(-1)}
	for got, agree := range map[float64]bool{math.Inf(-1): true, math.NaN(): false, math.Inf(1): false, -3e38: false} {
		var v Verdict
		if v.addLSE(&blind, got); (v.First == "") != agree {
			t.Errorf("LSE %v where -Inf is due: %+v", got, v)
		}
	}
}

func TestABudgetThatIsNoNumberAllowsNothing(t *testing.T) {
	for _, budget := range []float64{math.NaN(), math.Inf(1), 0} {
		if _, ratio := miss(1.5, 1, budget); ratio != beyond {
			t.Errorf("a miss under a budget of %v has ratio %v", budget, ratio)
		}
	}
}

// Where tanh is flat a score's rounding does not pass: 20 ± 1e-6 capped at 1 is 1.
func TestASoftcapDampsTheBound(t *testing.T) {
	p, a := tiny(1e6, []float32{1, -1, 0.5e-6}, []float32{1, -1, 3})
	p.Softcap = 2
	e := Expect(&p, &a, Row{})
	if got := e.Budget[0] / (6 * u); !(got < 10) {
		t.Errorf("budget of %.3g times 6u: want that of scores of at most 2", got)
	}
}
