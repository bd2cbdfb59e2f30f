package oracle

import (
	"math"
	"testing"

	"attnbench/attn"
)

// favorPair is FAVOR+ with D = 1, scale 1 and the rows 1 and -1 of the projection, so that
// the exponents of x are x - x²/2 and -x - x²/2.
func favorPair(q float32, k, v []float32) (attn.Problem, attn.Args) {
	p, a := tiny(q, k, v)
	p.Rule, p.Scale = attn.Rule{Kind: attn.Linear, Feature: attn.Favor, Features: 2}, attn.ScaleOf(1)
	a.Projection = attn.Packed([]float32{1, -1}, 1, 1, 2, 1)
	return p, a
}

// Every feature here is below e^-4700, and the quotient of their products a plain number: of
// the terms e^-9800 (1 + e^-200) and e^-9800 (1 + e^-4).
func TestTheQuotientOfFavorOutlivesItsFeatures(t *testing.T) {
	second := 1 + math.Exp(-4)
	for _, c := range []struct {
		name string
		set  func(*attn.Problem, *attn.Args)
		want float64
	}{
		{"two keys", func(*attn.Problem, *attn.Args) {}, (10 + 20*second) / (1 + second)},
		{"eps is far larger", func(p *attn.Problem, _ *attn.Args) { p.Rule.Eps = 1e-30 }, 0},
		{"no key", func(p *attn.Problem, _ *attn.Args) { p.KVLens = []int{0} }, 0},
		{"a state of 3 e^-4900 in the first feature", func(_ *attn.Problem, a *attn.Args) {
			// phi is exp(e)/√2, so that this is as much as three keys with the weight of the first.
			a.State0, a.Norm0 = attn.NewTensor(1, 1, 2, 1), attn.NewTensor(1, 1, 1, 2)
			a.State0.Data[0], a.Norm0.Data[0], a.LogScale0 = 3*7/math.Sqrt2, 3/math.Sqrt2, []float32{-4900}
		}, (10 + 20*second + 3*7) / (4 + second)},
	} {
		p, a := favorPair(100, []float32{100, -98}, []float32{10, 20})
		c.set(&p, &a)
		if err := p.Validate(); err != nil {
			t.Fatal(err)
		}
		e := Expect(&p, &a, Row{})
		if !(math.Abs(e.Out[0]-c.want) < 1e-5) {
			t.Errorf("%s: out %v: want %v", c.name, e.Out[0], c.want)
		}
		if !finite(e.Budget[0]) {
			t.Errorf("%s: a budget of %v", c.name, e.Budget)
		}
	}
}

// In range the weights are the products of the features, eps and the state as they stand.
func TestFavorInRangeIsItsDefinition(t *testing.T) {
	phi := func(x float64) [2]float64 {
		return [2]float64{math.Exp(x-x*x/2) / math.Sqrt2, math.Exp(-x-x*x/2) / math.Sqrt2}
	}
	p, a := favorPair(0.5, []float32{1, -0.25}, []float32{3, -5})
	p.Rule.Eps = 0.125
	a.State0, a.Norm0 = attn.Packed([]float32{2, 1}, 1, 1, 2, 1), attn.Packed([]float32{0.5, 0.75}, 1, 1, 1, 2)
	a.LogScale0 = []float32{0.5}
	q, x, y, c := phi(0.5), phi(1), phi(-0.25), math.Exp(0.5)
	first, second := q[0]*x[0]+q[1]*x[1], q[0]*y[0]+q[1]*y[1]
	want := (3*first - 5*second + c*(2*q[0]+q[1])) / (first + second + c*(0.5*q[0]+0.75*q[1]) + 0.125)
	out := make([]float64, 1)
	if Eval(&p, &a, Row{}, out); !(math.Abs(out[0]-want) < 1e-12) {
		t.Errorf("out %v: want %v", out[0], want)
	}
}

// The query's exponent of the second feature is 4000 above that of the first, which alone the
// first state has. exp(4000) is Inf, and 0 times that no number.
func TestFavorTakesAFeatureThatNoKeyHadAsNone(t *testing.T) {
	p, a := favorPair(-2000, []float32{100}, []float32{3})
	a.State0, a.Norm0 = attn.Packed([]float32{14, 0}, 1, 1, 2, 1), attn.Packed([]float32{2, 0}, 1, 1, 1, 2)
	e := Expect(&p, &a, Row{})
	if !(math.Abs(e.Out[0]-7) < 1e-12) || !finite(e.Budget[0]) {
		t.Errorf("out %v within %v: want the quotient 7 of the feature that there is", e.Out, e.Budget)
	}
}

// Beside a scale of e^1e20 exponents of 1 are lost in a float64, and beside one of e^-1e20 the
// first state is. Either quotient is a plain number.
func TestFavorKeepsExponentsBesideAnyScaleOfTheFirstState(t *testing.T) {
	// The exponents of the query are 1 and -1, those of the keys 1/2 and -3/2, 0 and 0.
	first, second := math.Exp(1.5)+math.Exp(-2.5), math.Exp(1)+math.Exp(-1)
	for log, want := range map[float32]float64{
		1e20:  (2*math.E + 1/math.E) / (0.5*math.E + 0.75/math.E),
		-1e20: (3*first - 5*second) / (first + second),
	} {
		p, a := favorPair(1, []float32{1, 0}, []float32{3, -5})
		a.State0, a.Norm0 = attn.Packed([]float32{2, 1}, 1, 1, 2, 1), attn.Packed([]float32{0.5, 0.75}, 1, 1, 1, 2)
		a.LogScale0 = []float32{log}
		if e := Expect(&p, &a, Row{}); !(math.Abs(e.Out[0]-want) < 1e-9) {
			t.Errorf("LogScale0 %v: out %v: want %v", log, e.Out[0], want)
		}
	}
}
