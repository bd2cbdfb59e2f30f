package mask

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func someMasks() []Mask {
	return []Mask{
		Full(), Causal(), Window{0, 0}, Window{3, 0}, Window{0, 3}, Window{5, 2}, Window{-1, 3}, Window{4, -1},
		Window{63, 0}, Window{64, 1}, Window{255, 0}, Window{maxWindow, maxWindow},
		Sinks{0}, Sinks{4}, Global{0}, Global{5}, Global{70}, Strided{1}, Strided{7}, Strided{40}, Strided{100},
		Strided{3}, Strided{64}, Strided{63}, Strided{130}, Fixed{2, 1}, Fixed{64, 3}, Fixed{128, 70}, Fixed{200, 65}, Fixed{90, 0}, Fixed{70, 70},
		Dilated{maxWindow, maxWindow, 1}, Dilated{maxWindow / 70, 0, 70}, Dilated{3, 4, 100},
		Fixed{1, 1}, Fixed{8, 0}, Fixed{8, 2}, Fixed{100, 7}, Fixed{6, 6}, Dilated{3, 2, 4}, Dilated{0, 0, 1}, Dilated{5, 0, 90},
		BlockWindow{16, 1, 0}, BlockWindow{24, 0, 2}, BlockWindow{100, 3, 3}, RandomBlocks{16, 2, 300, 1}, RandomBlocks{50, 3, 100, 2}, RandomBlocks{8, 0, 64, 0},
		NewDocuments(1), NewDocuments(5, 64, 1, 130), NewDocuments(100, 1000), StreamingLLM(4, 20), Longformer(3, Window{9, 9}),
		BigBird(16, 1, 1, 1, 2, 300, 7), And(Causal(), NewDocuments(50, 60, 70)), And(Strided{9}, Dilated{30, 0, 3}), And(Or(Sinks{9}, Window{3, 3}), Global{6}),
	}
}

func TestSomeMasksHaveEveryPatternThatParseReads(t *testing.T) {
	for _, text := range Texts() {
		name, _, _ := strings.Cut(text, ":")
		if !slices.ContainsFunc(someMasks(), func(m Mask) bool { first, _, _ := strings.Cut(m.String(), ":"); return first == name }) {
			t.Errorf("none of someMasks is %s", text)
		}
	}
}

// The bulk forms must agree with Visible, bit by bit.
func TestBitsAndSpansAgreeWithVisible(t *testing.T) {
	for _, m := range someMasks() {
		rapid.Check(t, func(t *rapid.T) { checkBulkForms(t, m, 8) })
	}
	rapid.Check(t, func(t *rapid.T) { checkBulkForms(t, composed().Draw(t, "mask"), 600) })
}

// checkBulkForms compares the bulk forms of m with Visible for up to so many stretches of
// queries.
func checkBulkForms(t *rapid.T, m Mask, maxStretches int) {
	for range rapid.IntRange(1, maxStretches).Draw(t, "stretches") {
		n := rapid.IntRange(1, 300).Draw(t, "keys")
		q0, rows := rapid.IntRange(-100, 400).Draw(t, "query"), rapid.IntRange(0, 70).Draw(t, "rows")
		k0 := rapid.IntRange(0, n-1).Draw(t, "key")
		checkSpans(t, m, q0, q0+rows, n)
		word := m.Bits(0, 0, q0, k0)
		for i := 0; i < 64 && k0+i < n; i++ {
			if got, want := word>>i&1 == 1, m.Visible(0, 0, q0, k0+i); got != want {
				t.Fatalf("%v: Bits of query %d from key %d: bit %d is %v: want %v", m, q0, k0, i, got, want)
			}
		}
		count := 0
		for k := range n {
			if m.Visible(0, 0, q0, k) {
				count++
			}
		}
		if lazy := Predicate("the same", m.Visible); m.Bits(0, 0, q0, k0) != lazy.Bits(0, 0, q0, k0) && n > k0+64 {
			t.Fatalf("%v as a predicate differs", m)
		}
		if got := VisibleIn(m, 0, 0, q0, n); got != count {
			t.Fatalf("%v: VisibleIn of query %d over %d keys is %d: want %d", m, q0, n, got, count)
		}
	}
}

func checkSpans(t rapid.TB, m Mask, q0, q1, n int) {
	t.Helper()
	class := make([]int, n) // 0 in no span, 1 in a span, 2 in a full one
	last := 0
	for _, r := range m.Spans(nil, 0, 0, q0, q1, n) {
		if r.Lo < last || r.Lo >= r.Hi || r.Hi > n {
			t.Fatalf("%v: queries [%d, %d) over %d keys: span %v is empty, out of order or outside", m, q0, q1, n, r)
		}
		last = r.Hi
		for k := r.Lo; k < r.Hi; k++ {
			class[k] = 1
			if r.Full {
				class[k] = 2
			}
		}
	}
	unseen := 0 // keys of the span before this one, in one stretch, that nobody sees
	for k, c := range class {
		some, all := false, true
		for q := q0; q < q1; q++ {
			seen := m.Visible(0, 0, q, k)
			some, all = some || seen, all && seen
		}
		if unseen++; some || c == 0 {
			unseen = 0
		}
		if c == 0 && some || c == 2 && !all || unseen > maxHoleOf(m) {
			t.Fatalf("%v: queries [%d, %d): key %d is in class %d; some see it %v, all see it %v", m, q0, q1, k, c, some, all)
		}
	}
}

// maxHoleOf is what Spans may fill: nothing but gaps of the periodic masks, and between
// the spans of an And.
func maxHoleOf(m Mask) int {
	switch m := m.(type) {
	case Strided, Fixed, Dilated:
		return maxHole
	case both:
		return maxHole + maxHoleOf(m.a) + maxHoleOf(m.b)
	case either:
		return max(maxHoleOf(m.a), maxHoleOf(m.b))
	case shifted:
		return maxHoleOf(m.Mask)
	}
	return 0
}
