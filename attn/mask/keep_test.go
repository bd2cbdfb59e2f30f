package mask

import (
	"testing"
)

// The keep mask of any other mask's elements is that mask.
func TestKeepIsTheMaskOfItsElements(t *testing.T) {
	const rows, keys = 37, 131
	for _, m := range someMasks() {
		allowed := make([]bool, rows*keys)
		for i := range rows {
			for k := range keys {
				allowed[i*keys+k] = m.Visible(0, 0, keys-rows+i, k)
			}
		}
		keep, err := NewKeep(allowed, 1, 1, rows, keys, nil)
		if err != nil {
			t.Fatal(err)
		}
		checkSpans(t, keep, keys-rows, keys-rows+20, keys)
		checkSpans(t, keep, keys-rows-5, keys+3, keys+10)
		s := Shape{Batch: 3, QHeads: 2, QLen: rows, KVLen: keys}
		checkBlockMask(t, keep, s, NewBlockMask(keep, s, 16), false)
		if _, head := m.Varies(); !head && visiblePairs(keep, s) != visiblePairs(m, s) {
			t.Fatalf("%v: Keep counts %d pairs: want %d", m, visiblePairs(keep, s), visiblePairs(m, s))
		}
	}
}

// visiblePairs counts the visible (query row, key) pairs of all batch entries and heads.
func visiblePairs(m Mask, s Shape) int {
	pairs := 0
	for b := range s.Batch {
		for h := range s.QHeads {
			for i := range s.QLen {
				pairs += VisibleIn(m, b, h, s.Start(b)+i, s.Keys(b))
			}
		}
	}
	return pairs
}
