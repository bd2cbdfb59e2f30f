package flash_test

import (
	"testing"

	"attnbench/internal/bench"
	"attnbench/variants/flash"
)

// A step at the reference shape: at least 0.80 of the read bandwidth from 32K on, where
// the cache is larger than that of the machine.
func BenchmarkStep(b *testing.B) {
	for _, n := range []int{4 << 10, 32 << 10, 128 << 10} {
		for _, workers := range []int{1, 2} {
			bench.Step(b, flash.New(), bench.StepCase{Context: n, HeadDim: 128, QHeads: 32, KVHeads: 8, Workers: workers})
		}
	}
}
