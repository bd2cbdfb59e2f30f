package sparse_test

import (
	"fmt"
	"testing"

	"attnbench/attn"
	"attnbench/internal/bench"
	"attnbench/internal/input"
	"attnbench/variants/sparse"
)

// The floors, as fractions of the FMA peak of the same set: 0.75 for the window
// of 256 keys, 0.83 for that of 1024.
func BenchmarkForward(b *testing.B) {
	bench.Forward(b, sparse.New(),
		bench.Case{N: 16384, HeadDim: 64, Mask: attn.Window{Left: 255, Right: 0}},
		bench.Case{N: 16384, HeadDim: 64, Mask: attn.Window{Left: 1023, Right: 0}},
	)
}

// Selection and attention at their defaults, causal. The rate of attend counts
// the pairs of the selection made.
func BenchmarkSelected(b *testing.B) {
	p := attn.Problem{Batch: 1, QHeads: 8, KVHeads: 8, QLen: 16384, KVLen: 16384, HeadDim: 64, ValueDim: 64, Mask: attn.Causal()}
	a, err := input.Args(p, "gaussian", 1)
	if err != nil {
		b.Fatal(err)
	}
	for _, isa := range attn.ISAsOf(sparse.NewTopK()) {
		plan, err := sparse.NewTopK().Plan(p, attn.Options{ISA: isa})
		if err != nil {
			b.Fatal(err)
		}
		ws := make([]float32, plan.Workspace())
		made, attend := plan.(attn.Selector).Select(a, ws)
		name := func(step string) string { return fmt.Sprintf("n=%d/d=%d/step=%s/isa=%s", p.QLen, p.HeadDim, step, isa) }
		b.Run(name("select"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				plan.(attn.Selector).Select(a, ws)
			}
		})
		b.Run(name("attend"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				attend.Forward(a, ws)
			}
			b.ReportMetric(float64(made.FLOPs())*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
			b.ReportMetric(float64(attend.(attn.CountsFLOPs).ExecutedFLOPs())/float64(made.FLOPs()), "executed/useful")
		})
	}
}
