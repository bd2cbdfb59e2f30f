package oracle

import (
	"fmt"
	"math"

	"attnbench/attn"
)

// Verdict is the comparison of an output with what was expected.
type Verdict struct {
	MaxAbs float64 // largest error of any row
	Budget float64 // of that row
	Worst  float64 // largest error / budget of any row; 1 is the limit
	Rows   int
	First  string // the worst disagreement in words; empty where all rows agree
}

// Compare compares out, and lse unless it is nil, with the expected rows.
func Compare(p *attn.Problem, want []Expected, out attn.Tensor, lse []float32) Verdict {
	v := Verdict{Rows: len(want)}
	for i := range want {
		e := &want[i]
		got := out.Row(e.Row.B, e.Row.H, e.Row.I)
		for c, o := range e.Out {
			v.add(e.Row, c, float64(got[c]), o, e.Budget)
		}
		if lse != nil {
			at := (e.Row.B*p.QHeads+e.Row.H)*p.QLen + e.Row.I
			v.addLSE(e, float64(lse[at]))
		}
	}
	return v
}

// add compares one element. The test is written so that NaN fails.
func (v *Verdict) add(r Row, c int, got, want, budget float64) {
	err, ratio := miss(got, want, budget)
	if err > v.MaxAbs || v.Budget == 0 {
		v.MaxAbs, v.Budget = err, budget
	}
	if ratio > v.Worst {
		v.Worst = ratio
		if !(ratio <= 1) {
			v.First = fmt.Sprintf("batch %d head %d row %d out[%d] is %g: want %g within %.3g", r.B, r.H, r.I, c, got, want, budget)
		}
	}
}

// addLSE is add for the LSE, which counts towards Worst but not MaxAbs.
func (v *Verdict) addLSE(e *Expected, got float64) {
	_, ratio := miss(got, e.LSE, e.LSEslip)
	if math.IsInf(e.LSE, -1) && got != e.LSE {
		ratio = beyond // an empty sum, which every method can tell from NaN
	}
	if ratio > v.Worst {
		v.Worst = ratio
		if !(ratio <= 1) {
			v.First = fmt.Sprintf("batch %d head %d row %d lse is %g: want %g within %.3g", e.Row.B, e.Row.H, e.Row.I, got, e.LSE, e.LSEslip)
		}
	}
}

// beyond is the ratio of a disagreement without a size: NaN or Inf instead of a number, or
// the other way round. It is finite, so that a record can hold it.
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
