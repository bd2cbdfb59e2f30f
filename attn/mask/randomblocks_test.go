package mask

import (
	"slices"
	"testing"
)

// The random blocks are the same in every process: these were drawn once.
func TestRandomBlocksAreAFunctionOfTheSeed(t *testing.T) {
	m := RandomBlocks{Block: 16, Count: 3, Keys: 4096, Seed: 7}
	for h, want := range [][]Span{
		{{480, 496, true}, {1392, 1408, true}, {3504, 3520, true}},
		{{992, 1008, true}, {3616, 3632, true}, {4048, 4064, true}},
	} {
		if got := m.Spans(nil, 0, h, 1000, 1001, 4096); !slices.Equal(got, want) {
			t.Errorf("head %d sees %v: want %v", h, got, want)
		}
	}
}
