package mask

import (
	"testing"

	"pgregory.net/rapid"
)

// causalByDefinition asks m for keys past the position of each query of some.
func causalByDefinition(m Mask, h int) bool {
	for q := range 60 {
		for k := q + 1; k < 130; k++ {
			if m.Visible(0, h, q, k) {
				return false
			}
		}
	}
	return true
}

// narrow are masks that show no later key by their numbers, and others of the same
// kinds that do.
func narrow() []Mask {
	var list []Mask
	for n := range 3 {
		list = append(list, Sinks{n}, Global{n}, BlockWindow{1, 3, n}, BlockWindow{1 + n, 3, 0}, RandomBlocks{4, n, 60, 1}, Window{4, n}, Window{-1, n},
			Dilated{3, n, 2}, Strided{1 + n}, Fixed{4, n})
	}
	return append(list, Full(), NewDocuments(40, 20), StreamingLLM(0, 0), Window{0, 0})
}

func TestIsCausalIsTrueOfWhatShowsNoLaterKey(t *testing.T) {
	for _, m := range narrow() {
		if got, want := IsCausal(m), causalByDefinition(m, 0) && causalByDefinition(m, 1); got != want {
			t.Errorf("%v: %v: want %v", m, got, want)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		m := composed().Draw(t, "mask")
		if IsCausal(m) && !causalByDefinition(m, 0) {
			t.Fatalf("%v is said to be causal", m)
		}
		if m = And(m, Causal()); !IsCausal(m) || !causalByDefinition(m, 0) {
			t.Fatalf("%v is not said to be causal, or is not", m)
		}
	})
	if IsCausal(nil) || IsCausal((*Documents)(nil)) || IsCausal((*Keep)(nil)) {
		t.Error("no mask at all is causal")
	}
}
