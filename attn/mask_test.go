package attn

import (
	"math/rand/v2"
	"strings"
	"testing"
)

func someMasks() []Mask {
	return []Mask{
		Full(), Causal(), Window{0, 0}, Window{3, 0}, Window{0, 3}, Window{5, 2}, Window{-1, 3}, Window{4, -1},
		Window{63, 0}, Window{64, 1}, Window{255, 0}, Window{maxWindow, maxWindow},
	}
}

// The bulk forms must agree with Visible, bit by bit.
func TestBitsAndRunsAgreeWithVisible(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	for _, m := range someMasks() {
		for range 400 {
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
	for k, c := range class {
		some, all := false, true
		for q := q0; q < q1; q++ {
			seen := m.Visible(0, 0, q, k)
			some, all = some || seen, all && seen
		}
		if c == 0 && some || c == 2 && !all || c > 0 && !some {
			t.Fatalf("%v: queries [%d, %d): key %d is in class %d; some see it %v, all see it %v", m, q0, q1, k, c, some, all)
		}
	}
}

func TestParseMaskReadsWhatStringWrites(t *testing.T) {
	for _, m := range someMasks() {
		got, err := ParseMask(m.String())
		if err != nil || got != m {
			t.Errorf("%v is read as %v, %v", m, got, err)
		}
	}
	for text, want := range map[string]string{"window:-1:0": "causal", "window:-1:-1": "full", "window:7:0": "window:7:0"} {
		if m, err := ParseMask(text); err != nil || m.String() != want {
			t.Errorf("%s is read as %v, %v: want %s", text, m, err, want)
		}
	}
	for _, text := range []string{"", "none", "Causal", "causal:1", "window", "window:3", "window:a:0", "window:3:0:1", "window:-2:0", "window:0:99999999999999", "full,causal"} {
		if m, err := ParseMask(text); err == nil {
			t.Errorf("%q is read as %v", text, m)
		} else if !strings.Contains(err.Error(), "window") {
			t.Errorf("%q: the error does not say what is taken: %v", text, err)
		}
	}
}

// Tile coverage by brute force: every visible pair lies in a run, every pair of a
// full run is visible, and Pairs counts what the runs hold.
func TestBlockMaskCoversTheMask(t *testing.T) {
	for _, m := range someMasks() {
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
	if got := h.Runs(0, 0, 0); len(got) != 3 || got[1] != (Run{3, 8, false}) {
		t.Errorf("got %v: want the hole from 3 to 8 as a partial run", got)
	}
	if got := h.Runs(0, 0, 1); len(got) != 1 || got[0] != (Run{5, 6, true}) {
		t.Errorf("got %v: want the second block as it was", got)
	}
}
