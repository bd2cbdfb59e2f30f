package flash_test

import (
	"fmt"
	"testing"
	"time"

	"attnbench/attn"
	"attnbench/internal/bench"
	"attnbench/internal/kernel"
	"attnbench/internal/par"
	"attnbench/variants/flash"
)

// A decode step at the reference shape, as a fraction of the rate of a plain read of as
// many bytes by as many workers, measured beside each.
func BenchmarkStep(b *testing.B) {
	for _, n := range []int{4 << 10, 32 << 10, 128 << 10} {
		for _, workers := range []int{1, 2} {
			for _, isa := range bench.ISAs() {
				b.Run(fmt.Sprintf("n=%d/heads=32:8/d=128/workers=%d/isa=%s", n, workers, isa), func(b *testing.B) { step(b, n, workers, isa) })
			}
		}
	}
}

func step(b *testing.B, n, workers int, isa string) {
}

var _ = time.Now
var _ = kernel.Find
var _ = par.Together
var _ attn.Problem
var _ = flash.New
