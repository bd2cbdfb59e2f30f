package mask

import (
	"testing"

	"pgregory.net/rapid"
)

// Counting by arithmetic is counting one by one, in any stretch of keys.
func TestCountsAreThoseOfVisible(t *testing.T) {
	counted := 0
	rapid.Check(t, func(t *rapid.T) {
		m := rapid.OneOf(rapid.SampledFrom(someMasks()), composed()).Draw(t, "mask")
		for range 40 {
			q, lo := rapid.IntRange(-100, 600).Draw(t, "query"), rapid.IntRange(0, 300).Draw(t, "lo")
			hi := lo + rapid.IntRange(0, 300).Draw(t, "keys")
			got, ok := countIn(m, 0, 1, q, lo, hi)
			if !ok {
				break
			}
			counted++
			want := 0
			for k := lo; k < hi; k++ {
				if m.Visible(0, 1, q, k) {
					want++
				}
			}
			if got != want {
				t.Fatalf("%v: query %d sees %d of the keys [%d, %d): want %d", m, q, got, lo, hi, want)
			}
		}
	})
	if counted < 100 {
		t.Errorf("only %d counts", counted)
	}
}
