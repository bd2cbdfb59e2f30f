package sparse_test

import (
	"testing"

	"attnbench/attn"
	"attnbench/internal/bench"
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
