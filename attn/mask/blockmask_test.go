package mask

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// longMasks is every pattern at the length n.
func longMasks(n int) []Mask {
	return []Mask{
		Causal(), Window{1023, 0}, Sinks{4}, Global{16}, StreamingLLM(4, 1023), Longformer(16, Window{511, 511}),
		Strided{7}, Strided{64}, Strided{80}, Strided{362}, And(Causal(), Strided{362}), Fixed{2, 1}, Fixed{64, 8}, Fixed{362, 8},
		Dilated{128, 128, 4}, Dilated{512, 0, 128}, RandomBlocks{64, 3, n, 1}, BigBird(64, 2, 1, 1, 3, n, 1), NewDocuments(n/4, n/2, n/4), And(Causal(), NewDocuments(n/4, n/2, n/4)),
		And(Strided{7}, Dilated{9000, 0, 3}), Predicate("even", func(_, _, q, k int) bool { return (q+k)%2 == 0 }),
	}
}

// Tile coverage by brute force: every visible pair lies in a span, every pair of a
// full span is visible, and Pairs counts what the spans hold.
func TestBlockMaskCoversTheMask(t *testing.T) {
	for _, m := range append(someMasks(), Predicate("odd", func(_, h, q, k int) bool { return (q+k+h)%2 == 1 })) {
		for _, c := range []struct{ nq, nk, block int }{{1, 1, 16}, {37, 53, 16}, {70, 33, 16}, {64, 64, 32}, {5, 129, 1}} {
			s := Shape{Batch: 2, QHeads: 2, QLen: c.nq, KVLen: c.nk}
			for _, s.KVLens = range [][]int{nil, {c.nk / 2, c.nk}} {
				checkBlockMask(t, m, s, NewBlockMask(m, s, c.block), false)
				checkBlockMask(t, m, s, NewBlockMask(m, s, c.block).Hull(), true)
			}
		}
	}
}

func checkBlockMask(t *testing.T, m Mask, s Shape, bm *BlockMask, hull bool) {
	t.Helper()
	var pairs int64
	for b := range s.Batch {
		for h := range s.QHeads {
			for i := range s.QLen {
				spans := bm.Spans(b, h, i/bm.BlockQ)
				if hull {
					for r := 1; r < len(spans); r++ {
						if spans[r].Lo != spans[r-1].Hi {
							t.Fatalf("%v: a hull has a hole: %v", m, spans)
						}
					}
				}
				for k := range s.KVLen {
					var in, full bool
					for _, r := range spans {
						if k >= r.Lo && k < r.Hi {
							in, full = true, r.Full
						}
					}
					seen := k < s.Keys(b) && m.Visible(b, h, s.Start(b)+i, k)
					if seen && !in || full && !seen {
						t.Fatalf("%v: row %d key %d: visible %v, in a span %v, in a full one %v", m, i, k, seen, in, full)
					}
					if in {
						pairs++
					}
				}
			}
		}
	}
	if got := bm.Pairs(s.Batch, s.QHeads); got != pairs {
		t.Fatalf("%v: Pairs is %d: want %d", m, got, pairs)
	}
}

func TestHullFillsHoles(t *testing.T) {
	m := &BlockMask{BlockQ: 4, qlen: 8, heads: 1, batches: 1, starts: []int{0, 2, 3}, spans: []Span{{0, 3, true}, {8, 10, false}, {5, 6, true}}}
	h := m.Hull()
	if got := h.Spans(0, 0, 0); len(got) != 2 || got[1] != (Span{3, 10, false}) {
		t.Errorf("got %v: want the hole from 3 to 8 in one span, not full, with what follows", got)
	}
	if got := h.Spans(0, 0, 1); len(got) != 1 || got[0] != (Span{5, 6, true}) {
		t.Errorf("got %v: want the second block as it was", got)
	}
}

// The lists of a long sequence: what a BlockMask holds stays far under Nq·Nk, and a
// plan asks no predicate. 32·48 pairs make at most one span, of a causal mask half.
func TestBlockMaskOfALongSequenceIsSmall(t *testing.T) {
	const n, blockQ = 65536, 32
	for _, m := range append(longMasks(n), And(Causal(), Predicate("never asked", func(_, _, _, _ int) bool { panic("asked") }))) {
		bm := NewBlockMask(m, Shape{Batch: 1, QHeads: 1, QLen: n, KVLen: n}, blockQ)
		if maxSpans := n / blockQ * (n/(maxHole+1)/2 + 8); len(bm.spans) > maxSpans {
			t.Errorf("%v: %d spans: want at most %d", m, len(bm.spans), maxSpans)
		}
		if maxHoleOf(m) == 0 && len(bm.spans) > n/blockQ*12 {
			t.Errorf("%v: %d spans for %d blocks", m, len(bm.spans), bm.Blocks())
		}
	}
}

// No tile of 64 keys is visited for nothing, far from the small sizes of the other tests.
func TestNoTileIsVisitedForNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	const n = 20000
	for _, m := range longMasks(n) {
		if m.String()[0] == 'p' || strings.HasPrefix(m.String(), "strided:7@dilated") {
			continue // no full spans
		}
		for range 3 {
			q0 := rng.IntN(n - 32)
			checkSpans(t, m, q0, q0+32, n)
			checkSpans(t, m, q0, q0+1, n)
		}
	}
}

// A BlockMask of a long sequence: 131072 keys, blocks of 32 rows.
func BenchmarkBlockMask(b *testing.B) {
	const n = 131072
	for _, m := range longMasks(n) {
		b.Run(m.String(), func(b *testing.B) {
			for b.Loop() {
				bm := NewBlockMask(m, Shape{Batch: 1, QHeads: 1, QLen: n, KVLen: n}, 32)
				b.ReportMetric(float64(len(bm.spans)), "spans")
			}
		})
	}
}

// An empty first entry says nothing of the others, and under a causal mask the last block has
// the most spans.
func TestBlockMaskBytesLooksAtEveryEntryAndAtBothEnds(t *testing.T) {
	const n = 1 << 12
	for _, c := range []struct {
		mask   Mask
		kvLens []int
	}{
		{RandomBlocks{Block: 1, Count: 64, Keys: n}, []int{0, n}},
		{And(Causal(), Strided{64}), nil},
	} {
		s := Shape{Batch: 2, QHeads: 1, QLen: n, KVLen: n, KVLens: c.kvLens}
		spans := 0
		bm := NewBlockMask(c.mask, s, 32)
		for b := range bm.batches {
			for i := range bm.Blocks() {
				spans += len(bm.Spans(b, 0, i))
			}
		}
		if got := BlockMaskBytes(c.mask, s, 32); got < int64(spans)*spanBytes {
			t.Errorf("%v, keys %v: %d bytes: the spans alone take %d", c.mask, c.kvLens, got, spans*spanBytes)
		}
	}
}
