package attn

import (
	"math/rand/v2"
	"slices"
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

// The lists of a long sequence: what a BlockMask holds stays far under Nq·Nk, and a
// plan asks no predicate. 32·48 pairs make at most one run, of a causal mask half.
func TestBlockMaskOfALongSequenceIsSmall(t *testing.T) {
	const n, blockQ = 65536, 32
	for _, m := range append(longMasks(n), And(Causal(), Predicate("never asked", func(_, _, _, _ int) bool { panic("asked") }))) {
		bm := NewBlockMask(Problem{Batch: 1, QHeads: 1, KVHeads: 1, QLen: n, KVLen: n, HeadDim: 1, ValueDim: 1, Mask: m}, blockQ)
		if most := n / blockQ * (n/(hole+1)/2 + 8); len(bm.runs) > most {
			t.Errorf("%v: %d runs: want at most %d", m, len(bm.runs), most)
		}
		if mostHole(m) == 0 && len(bm.runs) > n/blockQ*12 {
			t.Errorf("%v: %d runs for %d blocks", m, len(bm.runs), bm.Blocks())
		}
	}
}

// No tile of 64 keys is visited for nothing, far from the small sizes of the other tests.
func TestNoTileIsVisitedForNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	const n = 20000
	for _, m := range longMasks(n) {
		if m.String()[0] == 'p' || strings.HasPrefix(m.String(), "strided:7@dilated") {
			continue // partial throughout
		}
		for range 3 {
			q0 := rng.IntN(n - 32)
			checkRuns(t, m, q0, q0+32, n)
			checkRuns(t, m, q0, q0+1, n)
		}
	}
}

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

func TestInconsistentMasksNameTheField(t *testing.T) {
	deep := Mask(Sinks{1})
	for range mostItems {
		deep = And(Or(deep, Global{1}), Causal())
	}
	for want, m := range map[string]Mask{
		"left": Window{-2, 0}, "right": Window{0, maxWindow + 1}, "sinks: tokens": Sinks{-1}, "global: tokens": Global{maxWindow + 1},
		"strided: stride": Strided{}, "fixed: block": Fixed{0, 0}, "fixed: summary": Fixed{4, 5}, "dilated: step": Dilated{1, 1, 0}, "dilated: left": Dilated{-1, 1, 1},
		"reach too far": Dilated{maxWindow, 0, 2}, "blocks: block": BlockWindow{}, "blocks: right": BlockWindow{1, 1, -1},
		"random: count": RandomBlocks{1, maxRandom + 1, 9, 0}, "random: block": RandomBlocks{0, 1, 9, 0}, "random: keys": RandomBlocks{1, 1, 0, 0}, "random: seed": RandomBlocks{1, 1, 1, -1},
		"document 1": NewDocuments(3, 0), "no lengths": NewDocuments(), "no function": Predicate("p", nil), "is nil": And(Causal(), nil), "combine": deep,
	} {
		for _, m := range []Mask{m, Or(Causal(), m), And(m, Full())} {
			p := Problem{Batch: 1, QHeads: 1, KVHeads: 1, QLen: 1, KVLen: 1, HeadDim: 1, ValueDim: 1, Mask: m}
			if err := p.Validate(); err == nil || !strings.HasPrefix(err.Error(), "attn: Mask: ") || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: the error is %v", want, err)
			}
		}
	}
	for _, bounds := range [][]int{nil, {0}, {1, 5}, {0, 5, 5}, {0, 5, 4}} {
		if _, err := NewDocumentsAt(bounds...); err == nil || !strings.Contains(err.Error(), "document") {
			t.Errorf("bounds %v: the error is %v", bounds, err)
		}
	}
	if m, err := NewDocumentsAt(0, 5, 69); err != nil || m.String() != "document:5:64" {
		t.Errorf("bounds are read as %v, %v", m, err)
	}
}

// A text may be hostile: as long as it likes, as deep, as large in its numbers.
func TestHostileTextsAreRefusedOrCheap(t *testing.T) {
	for _, text := range []string{
		strings.Repeat("full+", 100) + "full", strings.Repeat("document:1+", 1<<17), strings.Repeat("(", 1<<19), "document" + strings.Repeat(":1", 1<<20),
	} {
		if m, err := ParseMask(text); err == nil {
			t.Errorf("%.20q is read as %.20v", text, m)
		} else if len(err.Error()) > len(text)+200 {
			t.Errorf("%.20q: the error has %d bytes", text, len(err.Error()))
		}
	}
	for _, text := range []string{
		"dilated:2147483647:2147483647:1", "fixed:1:1", "fixed:1:0", "strided:1", "blocks:2147483647:2147483647:2147483647", "random:1:64:2147483647:0", "random:1:64:65:2147483647",
		"strided:2147483647", "document:2147483647", strings.Repeat("causal+", mostItems-1) + "strided:7", strings.Repeat("causal@", mostItems-1) + "strided:7",
	} {
		m, err := ParseMask(text)
		if err != nil {
			t.Fatal(err)
		}
		p := Problem{Batch: 1, QHeads: 1, KVHeads: 1, QLen: 4096, KVLen: 4096, HeadDim: 1, ValueDim: 1, Mask: m}
		if err := p.Validate(); err != nil {
			t.Error(err)
		}
		NewBlockMask(p, 32)
		p.VisiblePairs()
	}
	for _, text := range []string{"predicate[a+b]", "causal@keep[1x1x2x2]", "selection[1x1x2x2:1:1]@causal"} {
		if _, err := ParseMask(text); err == nil || !strings.Contains(err.Error(), "made in code") {
			t.Errorf("%s: the error is %v", text, err)
		}
	}
}

// The random blocks are the same in every process: these were drawn once.
func TestRandomBlocksAreAFunctionOfTheSeed(t *testing.T) {
	m := RandomBlocks{Block: 16, Count: 3, Keys: 4096, Seed: 7}
	for h, want := range [][]Run{
		{{480, 496, true}, {1392, 1408, true}, {3504, 3520, true}},
		{{992, 1008, true}, {3616, 3632, true}, {4048, 4064, true}},
	} {
		if got := m.Runs(nil, 0, h, 1000, 1001, 4096); !slices.Equal(got, want) {
			t.Errorf("head %d sees %v: want %v", h, got, want)
		}
	}
}

// A BlockMask of a long sequence: 131072 keys, blocks of 32 rows.
func BenchmarkBlockMask(b *testing.B) {
	const n = 131072
	for _, m := range longMasks(n) {
		b.Run(m.String(), func(b *testing.B) {
			p := Problem{Batch: 1, QHeads: 1, KVHeads: 1, QLen: n, KVLen: n, HeadDim: 1, ValueDim: 1, Mask: m}
			for b.Loop() {
				bm := NewBlockMask(p, 32)
				b.ReportMetric(float64(len(bm.runs)), "runs")
			}
		})
	}
}
