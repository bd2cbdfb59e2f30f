package oracle

import (
	"math"
	"math/rand/v2"
	"testing"

	"attnbench/attn"
)

func randomArgs(p attn.Problem) attn.Args {
	a, rng := attn.NewArgs(p), rand.New(rand.NewPCG(1, 2))
	for _, t := range []attn.Tensor{a.Q, a.K, a.V, a.Bias} {
		for i := range t.Data {
			t.Data[i] = float32(rng.NormFloat64())
		}
	}
	for i := range a.Decay.Data {
		a.Decay.Data[i] = float32(-rng.ExpFloat64() / 5)
	}
	for i := range a.Beta.Data {
		a.Beta.Data[i] = rng.Float32()
	}
	if p.Rule.Delta {
		for i := range a.K.Data {
			a.K.Data[i] /= 3
		}
	}
	return a
}

// The projection of the definition is the definition of the projection.
func TestProjectedIsTheDefinition(t *testing.T) {
	for _, text := range []string{"linear:elu1", "linear:relu", "linear:taylor2", "retention", "delta", "gated-delta:head", "gated-delta:dim"} {
		for _, mask := range []attn.Mask{attn.Causal(), attn.Full()} {
			p := attn.Problem{Batch: 2, QHeads: 4, KVHeads: 2, QLen: 20, KVLen: 24, HeadDim: 5, ValueDim: 7, Mask: mask}
			var err error
			if p.Rule, err = attn.ParseRule(text); err != nil {
				t.Fatal(err)
			}
			if p.Rule.Decay == attn.FixedDecay {
				p.LogDecay = attn.RetentionDecay(p.KVHeads)
			}
			a := randomArgs(p)
			if !ProjectedRules(&p, &a) {
				t.Fatalf("%s is not projected", text)
			}
			r := Signs(p.ValueDim, 3)
			got, sizes := Projected(&p, &a, r)
			for i, row := range allRows(&p) {
				out, want := make([]float64, p.ValueDim), 0.0
				Eval(&p, &a, row, out)
				for c, x := range out {
					want += r[c] * x
				}
				if !(math.Abs(got[i]-want) <= 1e-12*sizes[i]) {
					t.Fatalf("%s, %v: row %v is %g: want %g, size %g", text, mask, row, got[i], want, sizes[i])
				}
			}
		}
	}
}

// Honest single precision stays far within the bound; another row does not.
func TestPairBoundTellsWrongRows(t *testing.T) {
	p := attn.Problem{Batch: 1, QHeads: 2, KVHeads: 1, QLen: 200, KVLen: 200, HeadDim: 64, ValueDim: 64, Softcap: 20, ALiBi: []float32{0.5, 0.01}, Mask: attn.Causal()}
	a := randomArgs(p)
	single, double := attn.NewTensor(1, 2, 200, 64), attn.NewTensor(1, 2, 200, 64)
	for _, row := range allRows(&p) {
		out := make([]float64, p.ValueDim)
		Eval(&p, &a, row, single.Row(row.B, row.H, row.I))
		Eval(&p, &a, row, out)
		for c, x := range out {
			double.Row(row.B, row.H, row.I)[c] = float32(x)
		}
	}
	r := Signs(p.ValueDim, 5)
	x, y, bound := Project(single, r), Project(double, r), PairBound(&p, &a)
	apart := 0
	for i := range x {
		if diff := math.Abs(x[i] - y[i]); !(diff <= bound[i]/4) {
			t.Fatalf("row %d differs by %g: bound %g", i, diff, bound[i])
		}
		if i > 0 && math.Abs(x[i]-y[i-1]) > bound[i] {
			apart++
		}
	}
	if apart < len(x)*9/10 {
		t.Errorf("%d of %d rows are told from the row before", apart, len(x))
	}
}
