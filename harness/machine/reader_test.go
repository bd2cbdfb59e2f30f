package machine

import (
	"testing"

	"attnbench/internal/kernel"
)

// A pass that a neighbour disturbs does not change the rate.
func TestTheBandwidthIsThatOfTheMedianPass(t *testing.T) {
	if NewReader(nil, 1, 4096) != nil || NewReader(&kernel.Set{}, 1, 4096) != nil {
		t.Error("a reader without Sum")
	}
	var none *Reader
	if none.Pass(); none.Bandwidth() != 0 {
		t.Error("no reader, and a bandwidth")
	}
	floats := 0
	r := NewReader(&kernel.Set{Sum: func(x []float32) float32 { floats += len(x); return 0 }}, 1, 4096)
	if r.Bandwidth() != 0 {
		t.Error("a bandwidth without passes")
	}
	if r.Pass(); floats != 2*1024 {
		t.Errorf("a pass read %d floats: want all 1024, twice", floats)
	}
	r.passes = []int64{500, 1 << 40, 400, 600, 1}
	if got := r.Bandwidth(); got != 4096.0/500 {
		t.Errorf("%v GB/s: want 4096 bytes in the 500 ns of the median pass", got)
	}
}
