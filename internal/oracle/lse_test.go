package oracle

import (
	"math"
	"testing"

	"attnbench/attn"
)

// A log-sum-exp is off by what its scores are off by, not by the exponential of that.
func TestTheLSEIsOffByWhatItsScoresAreOffBy(t *testing.T) {
	for _, s := range []float32{1, 1e3, 1e5, 1e7, 1e8, 1e10, 1e20, 1e30} {
		p, a := tiny(1, []float32{s, s, s / 2}, []float32{5, 6, 5.5})
		p.Scale = attn.ScaleOf(1)
		e := Expect(&p, &a, Row{})
		if inUnits := e.LSEBudget / math.Max(1, e.LSE) / u; !(inUnits > 3) || !(inUnits < 30) {
			t.Errorf("scores of %g: a budget of %.3g u of the LSE", s, inUnits)
		}
	}
	// Scores that round by more than 32 round by no less: of 64 terms, all but 1 cancel.
	const d = 64
	p := attn.Problem{Batch: 1, QHeads: 1, KVHeads: 1, QLen: 1, KVLen: 1, HeadDim: d, ValueDim: 1, Scale: attn.ScaleOf(1e30)}
	a := attn.NewArgs(p)
	for c := range d {
		a.Q.Data[c], a.K.Data[c] = 1, float32(c%2*2-1)*(1+float32(c/2)/7)
	}
	a.K.Data[0] += 1e-3
	out := make([]float32, 1)
	lse := Eval(&p, &a, Row{}, out)
	if e := Expect(&p, &a, Row{}); !(math.Abs(float64(lse)-e.LSE) <= e.LSEBudget) {
		t.Errorf("LSE %v, want %v within %v", lse, e.LSE, e.LSEBudget)
	}
}
