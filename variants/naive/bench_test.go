package naive_test

import (
	"testing"

	"attnbench/attn"
	"attnbench/internal/bench"
	"attnbench/variants/naive"
)

// The floors, as fractions of the FMA peak of the same set: 0.76, 0.76 and 0.64.
func BenchmarkForward(b *testing.B) {
	full := attn.Full()
	bench.Forward(b, naive.New(),
		bench.Case{N: 512, HeadDim: 64, Mask: full},
		bench.Case{N: 1024, HeadDim: 64, Mask: full},
		bench.Case{N: 4096, HeadDim: 64, Mask: full},
	)
}
