package oracle

import (
	"fmt"
	"math"

	"attnbench/attn"
)

// Verdict is the comparison of an output with what was expected.
type Verdict struct {
	MaxAbs float64 // largest error of any element
	Budget float64 // of that element
	Worst  float64 // largest error / budget of any element; 1 is the limit
	Rows   int
	First  string // the worst disagreement in words; empty where all rows agree
}

// Compare holds out, and lse where it is not nil, against the expected rows.
func Compare(p *attn.Problem, want []Expected, out attn.Tensor, lse []float32) Verdict {
	v := Verdict{Rows: len(want)}
	for i := range want {
		e := &want[i]
		got := out.Row(e.Row.B, e.Row.H, e.Row.I)
		for c, o := range e.Out {
			v.add(e, c, float64(got[c]), o)
		}
		if lse != nil {
			at := (e.Row.B*p.QHeads+e.Row.H)*p.QLen + e.Row.I
			v.addLSE(e, float64(lse[at]))
		}
	}
	return v
}

// add compares one element. The test is written so that NaN fails.
func (v *Verdict) add(e *Expected, c int, got, want float64) {
	budget := e.Budget[c]
	err, ratio := miss(got, want, budget)
	if !finite(got) && e.mayOverflow(c) {
		return
	}
	if err > v.MaxAbs || v.Budget == 0 {
		v.MaxAbs, v.Budget = err, budget
	}
	outside := ""
	if e.Range != nil && finite(want) && finite(got) {
		if far := e.Range[c].beyond(got); far > ratio {
			ratio, outside = far, fmt.Sprintf(", in a range of %g to %g", e.Range[c].Min, e.Range[c].Max)
		}
	}
	if ratio > v.Worst {
		v.Worst = ratio
		if !(ratio <= 1) {
			v.First = fmt.Sprintf("batch %d head %d row %d out[%d] is %g: want %g within %.3g%s", e.Row.B, e.Row.H, e.Row.I, c, got, want, budget, outside)
		}
	}
}

// addLSE is add for the LSE, which counts towards Worst but not MaxAbs.
func (v *Verdict) addLSE(e *Expected, got float64) {
	if e.ScoresOverflow && !finite(got) {
		return
	}
	_, ratio := miss(got, e.LSE, e.LSEBudget)
	if math.IsInf(e.LSE, -1) && got != e.LSE {
		ratio = beyond // an empty sum, which every method can tell from NaN
	}
	if ratio > v.Worst {
		v.Worst = ratio
		if !(ratio <= 1) {
			v.First = fmt.Sprintf("batch %d head %d row %d lse is %g: want %g within %.3g", e.Row.B, e.Row.H, e.Row.I, got, e.LSE, e.LSEBudget)
		}
	}
}

// beyond is the ratio of a disagreement that has no size: NaN or Inf where a
// number was due, or the other way round. It is finite, so that it can be recorded.
const beyond = 1e9

func miss(got, want, budget float64) (err, ratio float64) {
	switch {
	case got == want:
		return 0, 0 // equal infinities too
	case !finite(want):
		// The definition itself overflows or propagates NaN. Which of NaN and the
		// two Infs comes out depends on the order of the sums, and on weights that
		// float64 holds and float32 does not; a number must not.
		if finite(got) {
			return 0, beyond
		}
		return 0, 0
	case !finite(got):
		return 0, beyond
	}
	err = math.Abs(got - want)
	if ratio = err / budget; !(ratio < beyond) || !finite(budget) {
		ratio = beyond // a budget that is no number allows nothing
	}
	return err, ratio
}

func finite(x float64) bool { return x-x == 0 }
