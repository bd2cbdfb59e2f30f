package attn

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// someSelections keep random blocks of each number of keys, for a Problem of awkward lengths.
func someSelections(t *testing.T, p Problem) []*Selection {
	t.Helper()
	rng := rand.New(rand.NewPCG(5, 5))
	var list []*Selection
	for _, blocks := range [][2]int{{1, 1}, {1, 64}, {3, 2}, {16, 24}, {32, 64}, {5, 100}, {64, 63}, {MaxSelectionBlock, 7}} {
		s, err := NewSelection(p, blocks[0], blocks[1])
		if err != nil {
			t.Fatal(err)
		}
		for b := range p.Batch {
			for h := range p.QHeads {
				for i := 0; i*blocks[0] < p.QLen; i++ {
					for j := range s.keyBlocks() {
						if rng.IntN(3) == 0 {
							s.Kept(b, h, i)[j/64] |= 1 << (j % 64)
						}
					}
				}
			}
		}
		list = append(list, s)
	}
	return list
}

// The bulk forms agree with Visible, which reads the one bit of a row and a key's blocks.
func TestBulkFormsOfASelectionAgreeWithVisible(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 6))
	p := Problem{Batch: 2, QHeads: 2, KVHeads: 1, QLen: 137, KVLen: 331, HeadDim: 1, ValueDim: 1, QueryStart: []int{194, -7}}
	for _, s := range someSelections(t, p) {
		for _, m := range []Mask{s, And(s, Causal()), And(Or(s, Window{9, 9}), Causal())} {
			for range 200 {
				b, h, n := rng.IntN(2), rng.IntN(2), 1+rng.IntN(400)
				q0 := p.Start(b) - 10 + rng.IntN(160)
				at := Predicate("of this entry and head", func(_, _, q, k int) bool { return m.Visible(b, h, q, k) })
				checkRuns(t, shifted{m, b, h}, q0, q0+rng.IntN(70), n)
				k0 := rng.IntN(n)
				if got, want := m.Bits(b, h, q0, k0), at.Bits(0, 0, q0, k0); (got^want)&ones(0, p.KVLen-k0) != 0 {
					t.Fatalf("%v: Bits of query %d from key %d are %x: want %x", m, q0, k0, got, want)
				}
				if got, want := VisibleIn(m, b, h, q0, n), VisibleIn(at, 0, 0, q0, n); got != want {
					t.Fatalf("%v: VisibleIn of query %d over %d keys is %d: want %d", m, q0, n, got, want)
				}
				lo := rng.IntN(n)
				if got, want := s.count(b, h, q0, lo, n), VisibleIn(And(at, s), b, h, q0, n)-VisibleIn(And(at, s), b, h, q0, lo); m == Mask(s) && got != want {
					t.Fatalf("%v: query %d sees %d of the keys [%d, %d): want %d", m, q0, got, lo, n, want)
				}
			}
		}
		q := p
		q.Mask = And(s, Causal())
		checkBlockMask(t, q, NewBlockMask(q, 16), false)
		checkBlockMask(t, q, NewBlockMask(q, 24).Hull(), true)
	}
}

// shifted is a mask asked about one entry and head, whichever is said.
type shifted struct {
	Mask
	b, h int
}

func (m shifted) Visible(_, _, q, k int) bool { return m.Mask.Visible(m.b, m.h, q, k) }

func (m shifted) Runs(dst []Run, _, _, q0, q1, n int) []Run {
	return m.Mask.Runs(dst, m.b, m.h, q0, q1, n)
}

// An empty selection shows nothing, a full one everything.
func TestSelectionsOfNothingAndAll(t *testing.T) {
	p := Problem{Batch: 2, QHeads: 3, KVHeads: 1, QLen: 70, KVLen: 200, HeadDim: 1, ValueDim: 1}
	for _, blocks := range [][2]int{{1, 1}, {32, 64}, {7, 30}} {
		s, err := NewSelection(p, blocks[0], blocks[1])
		if err != nil {
			t.Fatal(err)
		}
		p.Mask = s
		if n := p.VisiblePairs(); n != 0 {
			t.Errorf("%v: %d pairs are visible before a block is kept", s, n)
		}
		for i := range s.words {
			s.words[i] = ones(0, s.keyBlocks()-i%s.wordsOfBlock*64)
		}
		if n := p.VisiblePairs(); n != 2*3*70*200 {
			t.Errorf("%v: %d pairs are visible with all blocks kept", s, n)
		}
		if runs := s.Runs(nil, 1, 2, 130, 200, 190); len(runs) != 1 || runs[0] != (Run{0, 190, true}) {
			t.Errorf("%v: runs %v: want all in one", s, runs)
		}
	}
}

func TestSelectionsOfOtherSizesAreRefused(t *testing.T) {
	ok := Problem{Batch: 2, QHeads: 3, KVHeads: 1, QLen: 4, KVLen: 5, HeadDim: 1, ValueDim: 1}
	s, err := NewSelection(ok, 2, 2)
	if err != nil {
		t.Fatal(err)
	}
	if ok.Mask = And(s, Causal()); ok.Validate() != nil {
		t.Fatal(ok.Validate())
	}
	for _, spoil := range []func(*Problem){
		func(p *Problem) { p.Batch = 3 }, func(p *Problem) { p.QHeads = 2 }, func(p *Problem) { p.QLen = 3 },
		func(p *Problem) { p.KVLen = 6 }, func(p *Problem) { p.QueryStart = []int{1, 2} },
	} {
		p := ok
		spoil(&p)
		if err := p.Validate(); err == nil || !strings.Contains(err.Error(), "Mask") {
			t.Errorf("%v: the error is %v", p, err)
		}
	}
	for name, blocks := range map[string][2]int{"blockQ": {0, 4}, "blockK": {4, MaxSelectionBlock + 1}} {
		if _, err := NewSelection(ok, blocks[0], blocks[1]); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
}
