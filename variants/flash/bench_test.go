package flash_test

import (
	"testing"

	"attnbench/attn"
	"attnbench/internal/bench"
	"attnbench/variants/flash"
)

// The floors, as fractions of the FMA peak of the same set and workers: see
// package bench for how they are measured.
func BenchmarkForward(b *testing.B) {
	full := attn.Full()
	bench.Forward(b, flash.New(),
		bench.Case{N: 512, HeadDim: 64, Mask: full},   // 0.85, avx2 0.84
		bench.Case{N: 1024, HeadDim: 64, Mask: full},  // 0.88, avx2 0.86
		bench.Case{N: 4096, HeadDim: 64, Mask: full},  // 0.90, avx2 0.88
		bench.Case{N: 128, HeadDim: 64},               // 0.66
		bench.Case{N: 512, HeadDim: 64},               // 0.80
		bench.Case{N: 1024, HeadDim: 64},              // 0.82
		bench.Case{N: 4096, HeadDim: 64},              // 0.88
		bench.Case{N: 512, HeadDim: 128, Mask: full},  // 0.88
		bench.Case{N: 1024, HeadDim: 128, Mask: full}, // 0.91
		bench.Case{N: 4096, HeadDim: 128, Mask: full}, // 0.95, avx2 0.93
		bench.Case{N: 512, HeadDim: 128},              // 0.78
		bench.Case{N: 1024, HeadDim: 128},             // 0.84
		bench.Case{N: 4096, HeadDim: 128},             // 0.92
	)
}

// Two workers: at least 1.9 times the rate of one.
func BenchmarkWorkers(b *testing.B) {
	for _, n := range []int{1024, 4096} {
		for _, workers := range []int{1, 2} {
			bench.Forward(b, flash.New(), bench.Case{N: n, HeadDim: 64, Workers: workers})
		}
	}
}

// Lengths and dimensions that are not multiples of a tile.
func BenchmarkAwkward(b *testing.B) {
	full := attn.Full()
	for _, n := range []int{1000, 1024, 4032, 4095, 4096, 4097} { // within 5 % of the nearest multiple of 64
		bench.Forward(b, flash.New(), bench.Case{N: n, HeadDim: 64, Mask: full})
	}
	for _, d := range []int{33, 80, 96, 112, 256} { // 0.80; 33: 0.5
		bench.Forward(b, flash.New(), bench.Case{N: 2048, HeadDim: d, Mask: full})
	}
}

// Grouped heads are to be as fast per FLOP as heads of their own, and strided
// tensors within 5 % of packed ones.
func BenchmarkLayouts(b *testing.B) {
	bench.Forward(b, flash.New(),
		bench.Case{N: 2048, HeadDim: 64, QHeads: 8, KVHeads: 8},
		bench.Case{N: 2048, HeadDim: 64, QHeads: 32, KVHeads: 8},
		bench.Case{N: 2048, HeadDim: 64, QHeads: 8, KVHeads: 8, Rows: true},
	)
}

// Modifiers: at most 1.35, 1.15 and 1.3 times the plain time.
func BenchmarkModifiers(b *testing.B) {
	for _, with := range []string{"none", "softcap", "alibi", "bias"} {
		bench.Forward(b, flash.New(), bench.Case{N: 4096, HeadDim: 64, Mask: attn.Full(), With: with})
	}
}
