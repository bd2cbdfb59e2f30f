package harness

import "testing"

func TestP99IsByNearestRank(t *testing.T) {
	var x []int64
	for i := range 200 {
		x = append(x, int64(200-i))
	}
	for n, want := range map[int]int64{1: 200, 30: 200, 100: 199, 200: 198} {
		if got := p99(x[:n]); got != want {
			t.Errorf("of %d samples: %d: want %d", n, got, want)
		}
	}
}
