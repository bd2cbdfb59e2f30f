package linear_test

import (
	"testing"

	"attnbench/attn"
	"attnbench/internal/bench"
	"attnbench/variants/linear"
)

// The floors, as fractions of the FMA peak of the same set: 0.68 causal at 4096
// and at 65536.
func BenchmarkForward(b *testing.B) {
	bench.Forward(b, linear.New(),
		bench.Case{N: 1024, HeadDim: 64},
		bench.Case{N: 4096, HeadDim: 64},
		bench.Case{N: 65536, HeadDim: 64},
		bench.Case{N: 4096, HeadDim: 128},
		bench.Case{N: 4096, HeadDim: 64, Mask: attn.Full()},
	)
}

// The chunked form, for comparison.
func BenchmarkChunked(b *testing.B) {
	bench.Forward(b, linear.NewChunked(), bench.Case{N: 4096, HeadDim: 64})
}
