package attn

import (
	"math/rand/v2"
	"reflect"
	"strconv"
	"strings"
	"testing"
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

// trees are random combinations of the masks.
func trees(rng *rand.Rand, n int) []Mask {
	leaves := someMasks()
	var list []Mask
	for range n {
		m := leaves[rng.IntN(len(leaves))]
		for range 1 + rng.IntN(3) {
			other := leaves[rng.IntN(len(leaves))]
			if rng.IntN(2) == 0 {
				m = Or(m, other)
			} else {
				m = And(other, m)
			}
		}
		list = append(list, m)
	}
	return list
}

// The bulk forms must agree with Visible, bit by bit.
func TestBitsAndRunsAgreeWithVisible(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, m := range append(someMasks(), trees(rng, 60)...) {
		for range 200 {
			n := 1 + rng.IntN(300)
			q0 := rng.IntN(500) - 100
			q1 := q0 + rng.IntN(70)
			checkRuns(t, m, q0, q1, n)
			k0 := rng.IntN(n)
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
}

func checkRuns(t *testing.T, m Mask, q0, q1, n int) {
	t.Helper()
	class := make([]int, n) // 0 in no run, 1 partial, 2 full
	last := 0
	for _, r := range m.Runs(nil, 0, 0, q0, q1, n) {
		if r.Lo < last || r.Lo >= r.Hi || r.Hi > n {
			t.Fatalf("%v: queries [%d, %d) over %d keys: run %v is empty, out of order or outside", m, q0, q1, n, r)
		}
		last = r.Hi
		for k := r.Lo; k < r.Hi; k++ {
			class[k] = 1
			if r.Full {
				class[k] = 2
			}
		}
	}
	unseen := 0 // keys of the run before this one, in one stretch, that nobody sees
	for k, c := range class {
		some, all := false, true
		for q := q0; q < q1; q++ {
			seen := m.Visible(0, 0, q, k)
			some, all = some || seen, all && seen
		}
		if unseen++; some || c == 0 {
			unseen = 0
		}
		if c == 0 && some || c == 2 && !all || unseen > mostHole(m) {
			t.Fatalf("%v: queries [%d, %d): key %d is in class %d; some see it %v, all see it %v", m, q0, q1, k, c, some, all)
		}
	}
}

// mostHole is what Runs may fill: nothing but gaps of the periodic masks, and between
// the pieces of an And.
func mostHole(m Mask) int {
	switch m := m.(type) {
	case Strided, Fixed, Dilated:
		return hole
	case both:
		return hole + mostHole(m.a) + mostHole(m.b)
	case either:
		return max(mostHole(m.a), mostHole(m.b))
	case shifted:
		return mostHole(m.Mask)
	}
	return 0
}

func TestParseMaskReadsWhatStringWrites(t *testing.T) {
	for _, m := range append(someMasks(), trees(rand.New(rand.NewPCG(2, 2)), 200)...) {
		got, err := ParseMask(m.String())
		if err != nil || !reflect.DeepEqual(got, m) {
			t.Errorf("%v is read as %v, %v", m, got, err)
		}
	}
	for text, want := range map[string]string{"window:-1:0": "causal", "window:-1:-1": "full", "window:7:0": "window:7:0"} {
		if m, err := ParseMask(text); err != nil || m.String() != want {
			t.Errorf("%s is read as %v, %v: want %s", text, m, err, want)
		}
	}
	for _, text := range []string{"", "none", "Causal", "causal:1", "window", "window:3", "window:a:0", "window:3:0:1", "window:-2:0", "window:0:99999999999999", "full,causal", "sinks", "sinks:-1", "causal:", "causal+", "@causal", "(causal", "causal)", "strided:0", "fixed:4:5", "random:1:65:9:9", "dilated:2000000000:0:2000000000", "document", "document:3:0", "sinks:4 + causal", "predicate[x]", strings.Repeat("(", 100)} {
		if m, err := ParseMask(text); err == nil {
			t.Errorf("%q is read as %v", text, m)
		} else if !strings.Contains(err.Error(), "mask "+strconv.Quote(text)) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q: the error does not name it in a line: %v", text, err)
		}
	}
}

// Tile coverage by brute force: every visible pair lies in a run, every pair of a
// full run is visible, and Pairs counts what the runs hold.
func TestBlockMaskCoversTheMask(t *testing.T) {
	for _, m := range append(someMasks(), Predicate("odd", func(_, h, q, k int) bool { return (q+k+h)%2 == 1 })) {
		for _, c := range []struct{ nq, nk, block int }{{1, 1, 16}, {37, 53, 16}, {70, 33, 16}, {64, 64, 32}, {5, 129, 1}} {
			p := Problem{Batch: 2, QHeads: 2, KVHeads: 1, QLen: c.nq, KVLen: c.nk, HeadDim: 1, ValueDim: 1, Mask: m}
			for _, p.KVLens = range [][]int{nil, {c.nk / 2, c.nk}} {
				checkBlockMask(t, p, NewBlockMask(p, c.block), false)
				checkBlockMask(t, p, NewBlockMask(p, c.block).Hull(), true)
			}
		}
	}
}

func checkBlockMask(t *testing.T, p Problem, bm *BlockMask, hull bool) {
	t.Helper()
	var pairs int64
	for b := range p.Batch {
		for h := range p.QHeads {
			for i := range p.QLen {
				runs := bm.Runs(b, h, i/bm.BlockQ)
				if hull {
					for r := 1; r < len(runs); r++ {
						if runs[r].Lo != runs[r-1].Hi {
							t.Fatalf("%v: a hull has a hole: %v", p, runs)
						}
					}
				}
				for k := range p.KVLen {
					var in, full bool
					for _, r := range runs {
						if k >= r.Lo && k < r.Hi {
							in, full = true, r.Full
						}
					}
					seen := k < p.Keys(b) && p.Mask.Visible(b, h, p.Start(b)+i, k)
					if seen && !in || full && !seen {
						t.Fatalf("%v: row %d key %d: visible %v, in a run %v, in a full one %v", p, i, k, seen, in, full)
					}
					if in {
						pairs++
					}
				}
			}
		}
	}
	if got := bm.Pairs(p.Batch, p.QHeads); got != pairs {
		t.Fatalf("%v: Pairs is %d: want %d", p, got, pairs)
	}
}

func TestHullFillsHoles(t *testing.T) {
	m := &BlockMask{BlockQ: 4, qlen: 8, heads: 1, batches: 1, starts: []int32{0, 2, 3}, runs: []Run{{0, 3, true}, {8, 10, false}, {5, 6, true}}}
	h := m.Hull()
	if got := h.Runs(0, 0, 0); len(got) != 2 || got[1] != (Run{3, 10, false}) {
		t.Errorf("got %v: want the hole from 3 to 8 in one partial run with what follows", got)
	}
	if got := h.Runs(0, 0, 1); len(got) != 1 || got[0] != (Run{5, 6, true}) {
		t.Errorf("got %v: want the second block as it was", got)
	}
}

// What is read is written in the same words, and never more than the text allows.
func FuzzParseMask(f *testing.F) {
	for _, m := range someMasks() {
		f.Add(m.String())
	}
	f.Add("((causal@sinks:4)+window:1:1)@full")
	f.Fuzz(func(t *testing.T, text string) {
		m, err := ParseMask(text)
		if err != nil {
			return
		}
		again, err := ParseMask(m.String())
		if err != nil || !reflect.DeepEqual(again, m) {
			t.Fatalf("%q is read as %v, which is read as %v, %v", text, m, again, err)
		}
		if len(text) < 200 {
			checkRuns(t, m, 3, 20, 70)
		}
	})
}

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
		checkRuns(t, keep, keys-rows, keys-rows+20, keys)
		checkRuns(t, keep, keys-rows-5, keys+3, keys+10)
		p := Problem{Batch: 3, QHeads: 2, KVHeads: 1, QLen: rows, KVLen: keys, HeadDim: 1, ValueDim: 1, Mask: keep}
		checkBlockMask(t, p, NewBlockMask(p, 16), false)
		if p.VisiblePairs() != func() Problem { p := p; p.Mask = m; return p }().VisiblePairs() && m.String()[0] != 'r' {
			if _, head := m.Varies(); !head {
				t.Fatalf("%v: Keep counts %d pairs", m, p.VisiblePairs())
			}
		}
	}
}

func TestKeepOfOtherSizesIsRefused(t *testing.T) {
	keep, err := NewKeep(make([]bool, 2*3*4*5), 2, 3, 4, 5, []int{1})
	if err != nil {
		t.Fatal(err)
	}
	ok := Problem{Batch: 2, QHeads: 3, KVHeads: 1, QLen: 4, KVLen: 5, HeadDim: 1, ValueDim: 1, Mask: keep}
	if err := ok.Validate(); err != nil {
		t.Fatal(err)
	}
	for _, spoil := range []func(*Problem){
		func(p *Problem) { p.Batch = 3 }, func(p *Problem) { p.QHeads = 2 }, func(p *Problem) { p.QLen = 3 },
		func(p *Problem) { p.KVLen = 6 }, func(p *Problem) { p.QueryStart = []int{1, 2} }, func(p *Problem) { p.Mask = And(Causal(), keep); p.QLen = 9 },
	} {
		p := ok
		spoil(&p)
		if err := p.Validate(); err == nil || !strings.Contains(err.Error(), "Mask") {
			t.Errorf("%v: the error is %v", p, err)
		}
	}
	if _, err := NewKeep(nil, 1, 1, 2, 2, nil); err == nil {
		t.Error("too few elements are taken")
	}
}
