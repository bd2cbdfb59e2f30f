package mask

import (
	"math/rand/v2"
	"testing"
)

// windows combines windows, sinks and global tokens at random.
func windows(rng *rand.Rand, depth int) Mask {
	kind := rng.IntN(5)
	if depth == 0 {
		kind = rng.IntN(3)
	}
	switch kind {
	case 0:
		return Window{rng.IntN(8) - 1, rng.IntN(3) - 1}
	case 1:
		return Sinks{rng.IntN(6)}
	case 2:
		return Global{rng.IntN(6)}
	case 3:
		return Or(windows(rng, depth-1), windows(rng, depth-1))
	}
	return And(windows(rng, depth-1), windows(rng, depth-1))
}

func TestStreamingTakesMasksApart(t *testing.T) {
	for _, c := range []struct {
		mask        Mask
		sinks, left int
	}{
		{Window{0, 0}, 0, 0}, {Window{7, 0}, 0, 7}, {StreamingLLM(4, 9), 4, 9}, {Or(And(Sinks{4}, Causal()), Window{9, 0}), 4, 9},
		{And(Causal(), Longformer(3, Window{7, 7})), 3, 7}, {And(Window{9, 5}, Causal()), 0, 9}, {And(Causal(), Or(Sinks{2}, Window{5, -1})), 2, 5},
	} {
		if sinks, left, ok := Streaming(c.mask); !ok || sinks != c.sinks || left != c.left {
			t.Errorf("%v: %d sinks and %d left, %v: want %d and %d", c.mask, sinks, left, ok, c.sinks, c.left)
		}
	}
	for _, m := range []Mask{
		nil, Full(), Causal(), Window{3, 1}, Sinks{2}, Or(Window{3, 0}, Sinks{2}), And(Causal(), Sinks{2}), Strided{4}, Dilated{3, 0, 2},
		And(StreamingLLM(4, 1), StreamingLLM(2, 9)), And(Causal(), NewDocuments(9)), Or(Causal(), Window{3, 0}),
	} {
		if sinks, left, ok := Streaming(m); ok || sinks != 0 || left != -1 {
			t.Errorf("%v: %d sinks and %d left, %v: want none", m, sinks, left, ok)
		}
	}
	rng, streams := rand.New(rand.NewPCG(2, 5)), 0
	for range 5000 {
		m := windows(rng, 3)
		sinks, left, ok := Streaming(m)
		if !ok {
			continue
		}
		streams++
		for q := range 20 {
			for k := range 30 {
				if want := k <= q && (k < sinks || k >= q-left); m.Visible(0, 0, q, k) != want {
					t.Fatalf("%v is said to be %d sinks and %d left: query %d sees key %d: %v", m, sinks, left, q, k, !want)
				}
			}
		}
	}
	if streams < 200 {
		t.Errorf("only %d masks are streaming", streams)
	}
}
