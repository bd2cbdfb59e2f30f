package oracle

import (
	"math"
	"testing"

	"attnbench/attn"
)

// expAbove is an exponential that is one ULP too large everywhere but at 0: within the 2 that
// are allowed.
func expAbove(x float32) float32 {
	if x == 0 {
		return 1
	}
	return math.Nextafter32(float32(math.Exp(float64(x))), math.MaxFloat32)
}

// ramp has keys that rise by step, under which the value rises from 0 to 1.
func ramp(n int, step float64) (attn.Problem, attn.Args) {
	k, v := make([]float32, n), make([]float32, n)
	for j := range k {
		k[j], v[j] = float32(float64(j)*step), float32(j)/float32(n)
	}
	p, a := tiny(1, k, v)
	p.Scale = attn.ScaleOf(1)
	return p, a
}

// The maximum rises by the same at every key, so that every rescaling is off by the same.
func TestRescalingsOfEqualArgumentsAreOffByTheSame(t *testing.T) {
	for _, n := range []int{300, 8192} {
		for _, step := range []float64{0x1p-16, 0x1p-14, 0x1p-13, 0x1p-10, 0x1p-3} {
			p, a := ramp(n, step)
			top, l, o := float32(math.Inf(-1)), float32(0), float32(0)
			for j, s := range a.K.Data {
				if j > 0 {
					f := expAbove(top - s)
					l, o = l*f, o*f
				}
				top = s
				l, o = l+1, o+a.V.Data[j]
			}
			a.Out.Data[0] = o / l
			lse := []float32{top + float32(math.Log(float64(l)))}
			if v := Compare(&p, []Expected{Expect(&p, &a, Row{})}, a.Out, lse); v.First != "" {
				t.Errorf("%d keys, step %g: %s (%.3g times its budget)", n, step, v.First, v.Worst)
			}
		}
	}
}

// So does the reference of a feature of FAVOR+.
func TestReferencesThatRiseEvenlyAreOffByTheSame(t *testing.T) {
	const n = 1 << 15
	k, v := make([]float32, n), make([]float32, n)
	for j := range k {
		k[j], v[j] = 0.5*float32(j)/n, float32(j)/n
	}
	p, a := favorPair(20, k, v)
	// The feature of -1 is e^-40 of that of 1 under this query, whose own cancels.
	reference, l, o := float32(math.Inf(-1)), float32(0), float32(0)
	for j, x := range k {
		e := x - x*x/2
		if j > 0 {
			f := expAbove(reference - e)
			l, o = l*f, o*f
		}
		reference = e
		l, o = l+1, o+v[j]
	}
	if verdict := verdictOf(&p, &a, o/l); verdict.First != "" {
		t.Errorf("%s (%.3g times its budget)", verdict.First, verdict.Worst)
	}
}

// Every merge by the LSE rounds it by half a unit in the last place, and it meets all keys so
// far. There are as many merges as runs of 512 keys.
func TestEveryMergeRoundsTheLSE(t *testing.T) {
	const n, run, score = 1 << 16, 512, 4000
	p, a := ramp(n, 0)
	p.Bias, a.Bias = attn.BiasShape{Batch: 1, Heads: 1}, attn.NewTensor(1, 1, 1, n)
	for j := range a.Bias.Data {
		a.Bias.Data[j] = score
	}
	e := Expect(&p, &a, Row{})
	off := 0.0
	for k := 2 * run; k <= n; k += run {
		off += float64(k) / n * score * u / 2
	}
	if v := Compare(&p, []Expected{e}, attn.Packed([]float32{float32(e.Out[0])}, 1, 1, 1, 1), []float32{float32(e.LSE + off)}); v.First != "" {
		t.Errorf("%s (%.3g times its budget)", v.First, v.Worst)
	}
}
