package splitkv

import (
	"math"
	"math/rand/v2"
	"testing"

	"attnbench/attn"
	"attnbench/internal/kernel"
)

type noPlan struct{ attn.Plan }

func (noPlan) Workspace() int { return 0 }

// The partial results of the splits of a row merge by attn.Merge to what merge makes of them.
func TestMergeAgreesWithAttnMerge(t *testing.T) {
	const context = 2*splitKeys + 700
	p := attn.Problem{
		Batch: 1, QHeads: 4, KVHeads: 2, QLen: 3, KVLen: context, HeadDim: 9, ValueDim: 5,
		Mask: attn.Causal(), ALiBi: attn.ALiBiSlopes(4), SinkLogits: []float32{0, -30, 4, 40},
	}
	config := Config{Plan: func(attn.Problem, attn.Options) (attn.Plan, error) { return noPlan{}, nil }}
	random := func(heads, rows, cols int, scale float64) attn.Tensor {
		x, rng := attn.NewTensor(1, heads, rows, cols), rand.New(rand.NewPCG(uint64(cols), uint64(rows)))
		for i := range x.Data {
			x.Data[i] = float32(scale * rng.NormFloat64())
		}
		return x
	}
	for _, isa := range kernel.Names() {
		made, err := config.New(p, attn.Options{ISA: isa})
		if err != nil {
			t.Fatal(err)
		}
		s := made.(*state)
		k, v := random(2, context, 9, 1), random(2, context, 5, 1)
		if err := s.Append(attn.Args{K: k.Rows(0, context-3), V: v.Rows(0, context-3)}, nil); err != nil {
			t.Fatal(err)
		}
		a := attn.Args{
			Q: random(4, 3, 9, 4), K: k.Rows(context-3, context), V: v.Rows(context-3, context),
			Out: attn.NewTensor(1, 4, 3, 5), LSE: make([]float32, 4*3),
		}
		ws := make([]float32, s.Workspace())
		if err := s.Extend(a, nil, ws); err != nil {
			t.Fatal(err)
		}
		s.step.ws = ws // where Extend has left the partial results
		for h := range p.QHeads {
			for i := range p.QLen {
				out, lse := attn.NewTensor(1, 1, 1, 5), []float32{p.SinkLogits[h]}
				for split := range 3 {
					partial := s.step.partial(0, h, i, split)
					m, l := float64(partial[0]), float64(partial[1])
					part := attn.NewTensor(1, 1, 1, 5)
					for c, y := range partial[2:] {
						part.Data[c] = y
					}
					attn.Merge(out, lse, part, []float32{float32(m + math.Log(l))})
				}
				const ulps = 16 * 0x1p-24 // of some ten operations on values below 1
				if got, want := a.LSE[h*3+i], lse[0]; !(math.Abs(float64(got-want)) <= ulps*math.Max(1, math.Abs(float64(want)))) {
					t.Errorf("%s: head %d, row %d: LSE is %v: want %v", isa, h, i, got, want)
				}
				for c, want := range out.Data {
					if got := a.Out.Row(0, h, i)[c]; !(math.Abs(float64(got-want)) <= 4*ulps) { // V of some 4 sigma
						t.Errorf("%s: head %d, row %d, column %d: %v: want %v", isa, h, i, c, got, want)
					}
				}
			}
		}
	}
}
