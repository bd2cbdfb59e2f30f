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

// The recurrent rules, causal at 4096 and 65536. The floors: gated per head 0.55,
// per dim 0.45; delta 0.55, gated delta 0.45.
func BenchmarkRules(b *testing.B) {
	for _, text := range []string{"linear:favor:64:1", "retention", "gated:head", "gated:dim", "delta", "gated-delta:head", "gated-delta:dim"} {
		for _, n := range []int{4096, 65536} {
			bench.Forward(b, linear.New(), bench.Case{N: n, HeadDim: 64, Rule: text})
		}
	}
}

// The same rules token by token, for comparison.
func BenchmarkRecurrent(b *testing.B) {
	for _, text := range []string{"gated:head", "gated:dim", "delta", "gated-delta:dim"} {
		bench.Forward(b, linear.NewRecurrent(), bench.Case{N: 4096, HeadDim: 64, Rule: text})
	}
}
