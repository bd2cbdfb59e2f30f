package input

import (
	"math"
	"testing"

	"attnbench/attn"
)

// The mean score of a query with the keys at a distance falls as the distance
// grows, whether queries are as many as keys or the last few of them.
func TestLocalScoresFallWithDistance(t *testing.T) {
	for _, queries := range []int{600, 40} {
		p := attn.Problem{Batch: 2, QHeads: 2, KVHeads: 1, QLen: queries, KVLen: 600, HeadDim: 64, ValueDim: 8}
		a := args(t, p, "local", 5)
		mean := func(distance int) float64 {
			sum, pairs := 0.0, 0
			for b := range p.Batch {
				for h := range p.QHeads {
					for i := range p.QLen {
						j := p.Start(b) + i - distance
						if j < 0 {
							continue
						}
						for c, x := range a.Q.Row(b, h, i) {
							sum += float64(x) * float64(a.K.Row(b, 0, j)[c])
						}
						pairs++
					}
				}
			}
			return sum / float64(pairs) / math.Sqrt(float64(p.HeadDim))
		}
		here := mean(0)
		if math.Abs(here-8) > 0.5 {
			t.Errorf("%d queries: the mean score of a position with itself is %v: want about 8", queries, here)
		}
		last := here
		for _, distance := range []int{16, 32, 64} {
			at := mean(distance)
			if at > last-1 {
				t.Errorf("%d queries: the mean score at distance %d is %v, nearer %v: want it to fall", queries, distance, at, last)
			}
			last = at
		}
		if far := mean(300); math.Abs(far) > 3 {
			t.Errorf("%d queries: the mean score at distance 300 is %v: want it near 0", queries, far)
		}
	}
	odd := attn.Problem{Batch: 1, QHeads: 1, KVHeads: 1, QLen: 3, KVLen: 3, HeadDim: 3, ValueDim: 1}
	if a, b := args(t, odd, "local", 1), args(t, odd, "local", 1); a.Q.Data[4] != b.Q.Data[4] || a.K.Data[4] != b.K.Data[4] {
		t.Error("the same seed gives other numbers")
	}
	if a, b := args(t, odd, "local", 1), args(t, odd, "local", 2); a.K.Data[3] == b.K.Data[3] {
		t.Error("another seed gives the same numbers")
	}
}
