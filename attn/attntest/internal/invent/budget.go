package invent

import (
	"math"
	"slices"

	"attnbench/attn"
	"attnbench/internal/oracle"
)

// spare is how many times its budget a row of an invented case may be off. Budgets are of
// first order, and take roundings for independent: of the millions of rows that a fuzzer
// tries a few are off by up to 1.2 budgets.
const spare = 2

// Widened returns want with the budgets of invented cases. A kernel may take a weight below
// the least normal float32 for 0. That shows only where a sink outweighs all keys by so much
// that nothing else is left of the output.
func Widened(want []oracle.Expected, p attn.Problem, v attn.Tensor) []oracle.Expected {
	flushed := 0.0
	if p.SinkLogits != nil {
		for _, x := range v.Data {
			flushed = max(flushed, 0x1p-126*float64(p.KVLen)*math.Abs(float64(x)))
		}
	}
	want = slices.Clone(want)
	for i := range want {
		want[i].Budget = spare*want[i].Budget + flushed
		want[i].LSEslip *= spare
	}
	return want
}
