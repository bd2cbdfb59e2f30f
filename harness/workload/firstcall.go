package workload

import (
	"math"
	"slices"

	"attnbench/attn"
	"attnbench/harness/check"
)

// firstCall knows the output of the call before those that are checked, of other numbers: a
// variant that keeps results returns it again.
type firstCall struct {
	rows []float32 // magnitudes of the last row of each head
}

func (c *firstCall) remember(out attn.Tensor) { c.rows = lastRows(out) }

// name says of an output that is wrong that the first call's is returned again, where it is,
// up to signs.
func (c *firstCall) name(v *check.Verdict, out attn.Tensor) {
	if v.Disagrees != "" && slices.Equal(c.rows, lastRows(out)) {
		v.Disagrees = "the output is that of the first call, which had other numbers: a call must compute from the numbers it is given; " + v.Disagrees
	}
}

func lastRows(out attn.Tensor) (rows []float32) {
	for b := range out.Shape[0] {
		for h := range out.Shape[1] {
			for _, x := range out.Row(b, h, out.Shape[2]-1) {
				rows = append(rows, float32(math.Abs(float64(x))))
			}
		}
	}
	return rows
}
