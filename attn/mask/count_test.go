package mask

import (
	"math/rand/v2"
	"testing"
)

// Counting by arithmetic is counting one by one, in any stretch of keys.
func TestCountsAreThoseOfVisible(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	counted := 0
	for _, m := range append(someMasks(), trees(rng, 100)...) {
		for range 40 {
			q, lo := rng.IntN(700)-100, rng.IntN(300)
			hi := lo + rng.IntN(300)
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
	}
	if counted < 3000 {
		t.Errorf("only %d counts", counted)
	}
}
