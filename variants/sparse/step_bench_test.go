package sparse_test

import (
	"testing"

	"attnbench/attn"
	"attnbench/attn/mask"
	"attnbench/internal/bench"
	"attnbench/variants/sparse"
)

// A step under a window takes the same time at every context: within 10 % from window
// and sink tokens on.
func BenchmarkStep(b *testing.B) {
	for _, mask := range []attn.Mask{attn.Window{Left: 1023, Right: 0}, mask.StreamingLLM(4, 1023)} {
		for _, n := range []int{2 << 10, 16 << 10, 128 << 10} {
			bench.Step(b, sparse.New(), bench.StepCase{Context: n, HeadDim: 128, QHeads: 32, KVHeads: 8, Mask: mask})
		}
	}
}
