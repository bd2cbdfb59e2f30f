package mask

import (
	"math/rand/v2"
	"testing"
)

// someSelections keep random blocks of each number of keys, for a Shape of awkward lengths.
func someSelections(t *testing.T, p Shape) []*Selection {
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
	p := Shape{Batch: 2, QHeads: 2, QLen: 137, KVLen: 331, QueryStart: []int{194, -7}}
	for _, s := range someSelections(t, p) {
		for _, m := range []Mask{s, And(s, Causal()), And(Or(s, Window{9, 9}), Causal())} {
			for range 200 {
				b, h, n := rng.IntN(2), rng.IntN(2), 1+rng.IntN(400)
				q0 := p.Start(b) - 10 + rng.IntN(160)
				at := Predicate("of this entry and head", func(_, _, q, k int) bool { return m.Visible(b, h, q, k) })
				checkSpans(t, shifted{m, b, h}, q0, q0+rng.IntN(70), n)
				k0 := rng.IntN(n)
				if got, want := m.Bits(b, h, q0, k0), at.Bits(0, 0, q0, k0); (got^want)&ones(0, p.KVLen-k0) != 0 {
					t.Fatalf("%v: Bits of query %d from key %d are %x: want %x", m, q0, k0, got, want)
				}
				if got, want := VisibleIn(m, b, h, q0, n), VisibleIn(at, 0, 0, q0, n); got != want {
					t.Fatalf("%v: VisibleIn of query %d over %d keys is %d: want %d", m, q0, n, got, want)
				}
				lo := rng.IntN(n)
				if got, want := countOf(s, b, h, q0, lo, n), VisibleIn(And(at, s), b, h, q0, n)-VisibleIn(And(at, s), b, h, q0, lo); m == Mask(s) && got != want {
					t.Fatalf("%v: query %d sees %d of the keys [%d, %d): want %d", m, q0, got, lo, n, want)
				}
			}
		}
		m := And(s, Causal())
		checkBlockMask(t, m, p, NewBlockMask(m, p, 16), false)
		checkBlockMask(t, m, p, NewBlockMask(m, p, 24).Hull(), true)
	}
}

// shifted is a mask asked about one entry and head, whichever is said.
type shifted struct {
	Mask
	b, h int
}

func (m shifted) Visible(_, _, q, k int) bool { return m.Mask.Visible(m.b, m.h, q, k) }

func (m shifted) Spans(dst []Span, _, _, q0, q1, n int) []Span {
	return m.Mask.Spans(dst, m.b, m.h, q0, q1, n)
}

// An empty selection shows nothing, a full one everything.
func TestSelectionsOfNothingAndAll(t *testing.T) {
	p := Shape{Batch: 2, QHeads: 3, QLen: 70, KVLen: 200}
	for _, blocks := range [][2]int{{1, 1}, {32, 64}, {7, 30}} {
		s, err := NewSelection(p, blocks[0], blocks[1])
		if err != nil {
			t.Fatal(err)
		}
		if n := visiblePairs(s, p); n != 0 {
			t.Errorf("%v: %d pairs are visible before a block is kept", s, n)
		}
		for i := range s.words {
			s.words[i] = ones(0, s.keyBlocks()-i%s.wordsOfBlock*64)
		}
		if n := visiblePairs(s, p); n != 2*3*70*200 {
			t.Errorf("%v: %d pairs are visible with all blocks kept", s, n)
		}
		if spans := s.Spans(nil, 1, 2, 130, 200, 190); len(spans) != 1 || spans[0] != (Span{0, 190, true}) {
			t.Errorf("%v: spans %v: want all in one", s, spans)
		}
	}
}

func countOf(s *Selection, b, h, q, lo, hi int) int {
	n, _ := s.Count(b, h, q, lo, hi)
	return n
}
