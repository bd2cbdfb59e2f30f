package oracle

import (
	"math"
	"testing"

	"attnbench/attn"
)

// verdictOf compares one row, out, with what is expected.
func verdictOf(p *attn.Problem, a *attn.Args, out ...float32) Verdict {
	copy(a.Out.Row(0, 0, 0), out)
	return Compare(p, []Expected{Expect(p, a, Row{})}, a.Out, nil)
}

// Scores of 10^7 round by more than 1, so that no weight is sure: any mean of the values is
// within the budget, and nothing else is.
func TestNoBudgetExceedsTheRangeOfTheValues(t *testing.T) {
	p, a := tiny(1, []float32{3e7, 3e7 + 2, 3e7 - 2}, []float32{5, 6, 5.5})
	for out, agree := range map[float32]bool{5: true, 6: true, 5.9: true, 4.9999: false, 6.0001: false, 0: false, 11: false} {
		if v := verdictOf(&p, &a, out); (v.First == "") != agree {
			t.Errorf("%v: %+v", out, v)
		}
	}
	if e := Expect(&p, &a, Row{}); !(e.Budget[0] <= 1+1e-5) {
		t.Errorf("a budget of %v in a range of 1", e.Budget[0])
	}
	p.SinkLogits = []float32{3e7}
	for out, agree := range map[float32]bool{0: true, 3: true, -0.001: false, 6.0001: false} {
		if v := verdictOf(&p, &a, out); (v.First == "") != agree {
			t.Errorf("with a sink, %v: %+v", out, v)
		}
	}
}

// Each column has a range and a budget of its own.
func TestALargeColumnDoesNotExcuseASmallOne(t *testing.T) {
	p, a := pair(1, []float32{0, 1, 2}, []float32{1e6, -1e6, 3e6}, []float32{1, 2, 3})
	e := Expect(&p, &a, Row{})
	if !(e.Budget[1] < 1e-5) || !(e.Budget[0] > 0.01) {
		t.Errorf("budgets %v", e.Budget)
	}
}

// Where a float32 overflows on the way NaN and Inf agree, and a wrong number does not.
func TestOverflowIsComparedByClass(t *testing.T) {
	for _, c := range []struct {
		name   string
		q      float32
		k      []float32
		v      []float32
		right  float32
		excuse bool
	}{
		{"scores", 1e20, []float32{1e20, 0}, []float32{1, 2}, 1, true},
		{"no scores", 1, []float32{0, 0}, []float32{3e38, 2e38}, 2.5e38, false},
		{"nothing", 1, []float32{0, 0}, []float32{1e37, 2e37}, 1.5e37, false},
	} {
		p, a := tiny(c.q, c.k, c.v)
		for _, wild := range []float32{nan, inf, -inf} {
			if v := verdictOf(&p, &a, wild); (v.First == "") != c.excuse {
				t.Errorf("%s overflow: %v: %+v", c.name, wild, v)
			}
		}
		if v := verdictOf(&p, &a, c.right); v.First != "" {
			t.Errorf("%s overflow: %v: %+v", c.name, c.right, v)
		}
		if v := verdictOf(&p, &a, 1.1*c.right); v.First == "" {
			t.Errorf("%s overflow: %v instead of %v agrees", c.name, 1.1*c.right, c.right)
		}
	}
	// Sums of one column of a linear rule excuse no other.
	p, a := pair(1, []float32{0, 0}, []float32{3e38, 3e38}, []float32{1, 2})
	p.Rule.Kind = attn.Linear
	if v := verdictOf(&p, &a, inf, nan); v.First == "" {
		t.Errorf("NaN beside a column that overflows: %+v", v)
	}
	if v := verdictOf(&p, &a, inf, 1.5); v.First != "" {
		t.Errorf("Inf in a column that overflows: %+v", v)
	}
}

// A kernel may take a weight below 2^-126 of the largest for 0. Under a sink that shows.
func TestWeightsThatMayBeFlushedAreNotMissed(t *testing.T) {
	p, a := tiny(1, []float32{0}, []float32{1e38})
	for sink, agree := range map[float32]bool{80: false, 90: true} {
		p.SinkLogits = []float32{sink}
		if v := verdictOf(&p, &a, 0); (v.First == "") != agree {
			t.Errorf("0 under a sink of %v: %+v", sink, v)
		}
	}
}

// A delta rule with beta·|k|² = 3 doubles in every step what was off along k, and its budget
// follows; with beta·|k|² = 1 it forgets.
func TestTheBudgetOfADeltaRuleFollowsItsTransitions(t *testing.T) {
	budget := func(beta float32) float64 {
		const n = 12
		p, a := tiny(1, make([]float32, n), make([]float32, n))
		p.Rule, p.Scale = attn.Rule{Kind: attn.Recurrent, Delta: true}, attn.ScaleOf(1)
		a.Beta = attn.NewTensor(1, 1, n, 1)
		for j := range n {
			a.K.Data[j], a.Beta.Data[j], a.V.Data[j] = 1, beta, 1+float32(j%3)
		}
		return Expect(&p, &a, Row{}).Budget[0]
	}
	if short, long := budget(1), budget(3); !(long > 100*short) || math.IsInf(long, 0) {
		t.Errorf("budgets %v and %v at beta·|k|² of 1 and 3", short, long)
	}
}

// A row that sees no key reads the first state, whose sum over M dims rounds.
func TestARowOfTheFirstStateAloneHasABudget(t *testing.T) {
	const m = 64
	p := attn.Problem{Batch: 1, QHeads: 1, KVHeads: 1, QLen: 1, KVLen: 1, HeadDim: m, ValueDim: 1, KVLens: []int{0}, Rule: attn.Rule{Kind: attn.Recurrent}}
	a := attn.NewArgs(p)
	a.State0 = attn.NewTensor(1, 1, m, 1)
	for i := range m {
		a.Q.Data[i], a.State0.Data[i] = 1.1+float32(i)/7, 1-2*float32(i%2)
	}
	out := make([]float32, 1)
	Eval(&p, &a, Row{}, out)
	if v := verdictOf(&p, &a, out[0]); v.First != "" || v.Worst == 0 {
		t.Errorf("%+v", v)
	}
}

// Where all of a denominator may underflow, the quotient of what is left is still bounded.
func TestATinyDenominatorExcusesNoNonsense(t *testing.T) {
	for _, c := range []struct {
		rule string
		x    float32
		zero bool // all may be lost
	}{
		{"linear:elu1", -40, false}, {"linear:elu1", -50, false}, {"linear:elu1", -80, true}, {"linear:elu1", -350, true}, {"linear:elu1", -356, true},
		{"linear:relu", 1e-19, false}, {"linear:relu", 1e-22, false}, {"linear:relu", 1e-30, true}, {"linear:relu", 1e-38, true},
	} {
		p, a := tiny(c.x, []float32{c.x, c.x, c.x}, []float32{5, 6, 7})
		p.Rule, _ = attn.ParseRule(c.rule)
		out := make([]float32, 1)
		Eval(&p, &a, Row{}, out)
		for got, agree := range map[float32]bool{0: c.zero, out[0]: true, 100: false, -100: false, 1e6: false, 1e30: false} {
			if v := verdictOf(&p, &a, got); (v.First == "") != agree {
				t.Errorf("%s of %v: %v: %+v", c.rule, c.x, got, v)
			}
		}
		// A state of the same numbers as keys has no range, but a bound.
		a.State0, a.Norm0 = attn.Packed([]float32{0}, 1, 1, 1, 1), attn.Packed([]float32{0}, 1, 1, 1, 1)
		for got, agree := range map[float32]bool{out[0]: true, 1e6: false, nan: false} {
			if v := verdictOf(&p, &a, got); (v.First == "") != agree {
				t.Errorf("%s of %v with a state of 0: %v: %+v", c.rule, c.x, got, v)
			}
		}
	}
}

// 63 of 64 features meet a sum of keys of one denormal, and vanish in the denominator; their
// values of 7 leave 3 denormals each in the numerator.
func TestWhatIsLeftOfATinyDenominatorIsWithinItsBudget(t *testing.T) {
	const m = 64
	p := attn.Problem{Batch: 1, QHeads: 1, KVHeads: 1, QLen: 1, KVLen: 1, HeadDim: m, ValueDim: 1, Rule: attn.Rule{Kind: attn.Linear, Feature: attn.ReLU}}
	a := attn.NewArgs(p)
	var num, den float32
	for i := range m {
		a.Q.Data[i], a.K.Data[i] = 0.49, denormal
		if i == 0 {
			a.Q.Data[i] = 0.51
		}
		num += a.Q.Data[i] * (a.K.Data[i] * 7)
		den += a.Q.Data[i] * a.K.Data[i]
	}
	a.V.Data[0] = 7
	if v := verdictOf(&p, &a, num/den); !(num/den > 100) || v.First != "" {
		t.Errorf("%v: %+v", num/den, v)
	}
}

// Beside a bias of 2·10^38 a float32 cannot tell scores of 10^30 and 0, of which one has no
// weight.
func TestAKeyWhoseScoreIsUnsureMayHaveAnyWeight(t *testing.T) {
	p, a := tiny(1, []float32{1e30, 0}, []float32{1, -1})
	p.Scale, p.Bias, a.Bias = attn.ScaleOf(1), attn.BiasShape{Batch: 1, Heads: 1}, attn.Packed([]float32{2e38, 2e38}, 1, 1, 1, 2)
	for out, agree := range map[float32]bool{1: true, 0: true, -1: true, 1.001: false, -1.001: false} {
		if v := verdictOf(&p, &a, out); (v.First == "") != agree {
			t.Errorf("%v: %+v", out, v)
		}
	}
	p.Bias = attn.BiasShape{}
	for out, agree := range map[float32]bool{1: true, 0: false} {
		if v := verdictOf(&p, &a, out); (v.First == "") != agree {
			t.Errorf("%v without a bias: %+v", out, v)
		}
	}
}

// The features of a query below 2^-126 may be 0, with all that they find in a first state.
func TestAQueryThatVanishesLosesTheFirstState(t *testing.T) {
	for q, agree := range map[float32]bool{-80: false, -95: true} {
		p, a := tiny(q, []float32{0}, []float32{1})
		p.Rule, p.KVLens = attn.Rule{Kind: attn.Linear}, []int{0}
		a.State0, a.Norm0 = attn.Packed([]float32{6}, 1, 1, 1, 1), attn.Packed([]float32{2}, 1, 1, 1, 1)
		for out, agree := range map[float32]bool{3: true, 0: agree} {
			if v := verdictOf(&p, &a, out); (v.First == "") != agree {
				t.Errorf("a query of %v: %v: %+v", q, out, v)
			}
		}
	}
}

// A first state whose sums of features are negative makes all weights of the keys negative.
func TestNegativeWeightsHaveABudget(t *testing.T) {
	const n = 40
	k, v := make([]float32, n), make([]float32, n)
	for j := range k {
		k[j], v[j] = float32(j)/n, 1+float32(j*7%n)
	}
	p, a := tiny(1.1, k, v)
	p.Rule, _ = attn.ParseRule("linear:taylor2")
	a.State0, a.Norm0 = attn.Packed([]float32{30, 1, 2}, 1, 1, 3, 1), attn.Packed([]float32{-300, 7, -9}, 1, 1, 1, 3)
	out := make([]float32, 1)
	Eval(&p, &a, Row{}, out)
	for got, agree := range map[float32]bool{out[0]: true, out[0] * 1.001: false} {
		if v := verdictOf(&p, &a, got); (v.First == "") != agree {
			t.Errorf("%v: %+v", got, v)
		}
	}
}

// In a chunk of a delta rule v - Sᵀk is taken of the state at its beginning first, and may
// overflow though the state of every token is far smaller.
func TestAChunkOfADeltaRuleMayOverflowBeforeBeta(t *testing.T) {
	p, a := tiny(1, []float32{1, 1}, []float32{0, -3e38})
	p.Rule, p.Scale = attn.Rule{Kind: attn.Recurrent, Delta: true}, attn.ScaleOf(1)
	a.Beta, a.State0 = attn.Packed([]float32{1, 0.1}, 1, 1, 2, 1), attn.Packed([]float32{1e38}, 1, 1, 1, 1)
	for out, agree := range map[float32]bool{-3e37: true, nan: true, 0: false} {
		if v := verdictOf(&p, &a, out); (v.First == "") != agree {
			t.Errorf("%v: %+v", out, v)
		}
	}
	a.V.Data[1] = -3e37
	if v := verdictOf(&p, &a, nan); v.First == "" {
		t.Errorf("NaN of numbers in range: %+v", v)
	}
}
