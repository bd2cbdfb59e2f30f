package kit

import (
	"testing"

	"attnbench/attn"
)

// Two results that may differ in their last bits agree within the budgets of their row: few
// roundings where the sum is short, more where a sink leaves denormals of it.
func TestLastBitsAreThoseThatTheBudgetHas(t *testing.T) {
	p := Problem(1, 1, 1, 1, 2, 1, 1)
	a := attn.NewArgs(p)
	copy(a.V.Data, []float32{1, 1.5})
	for apart, near := range map[float32]bool{0: true, 0x1p-23: true, 0x1p-18: false} {
		if got := (Numbers{P: p, A: a}).near(0, 0, 0, []float32{1.25}, []float32{1.25 + apart}); got != near {
			t.Errorf("%v apart: near is %v", apart, got)
		}
	}
	p.SinkLogits = []float32{100} // the mean is 4.6e-44, some 33 denormals
	const denormal = 0x1p-149
	if !(Numbers{P: p, A: a}).near(0, 0, 0, []float32{33 * denormal}, []float32{32 * denormal}) {
		t.Error("one denormal of 33 apart is not near")
	}
}
