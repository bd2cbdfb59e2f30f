package kvcache_test

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"attnbench/attn"
	"attnbench/internal/kvcache"
)

// Whatever happens to a sequence, a cache holds the tokens that it says it holds, where it
// says they lie: its oldest and all later ones, and those of the pinned that were taken.
func TestSpansFindTheTokens(t *testing.T) {
	p := attn.Problem{Batch: 2, KVHeads: 2, KVLen: 60, HeadDim: 3, ValueDim: 1}
	for name, c := range map[string]struct {
		new    func() kvcache.Cache
		pinned int
	}{
		"contiguous":         {func() kvcache.Cache { return kvcache.New(&p, 4, 56) }, 0},
		"ring":               {func() kvcache.Cache { return kvcache.New(&p, 0, 7) }, 0},
		"ring behind pinned": {func() kvcache.Cache { return kvcache.New(&p, 4, 11) }, 4},
	} {
		if got := c.new().Pinned(); got != c.pinned {
			t.Errorf("%s pins %d tokens: want %d", name, got, c.pinned)
		}
		t.Run(name, rapid.MakeCheck(func(t *rapid.T) {
			m := model{Cache: c.new(), p: &p, pinned: c.pinned, taken: make([][]float32, p.Batch)}
			t.Repeat(map[string]func(*rapid.T){
				"": m.holdsAll, "reset": m.reset, "truncate": m.truncate, "gather": m.gather,
				"append": m.append, "append more": m.append, "append still more": m.append, // so that sequences grow
			})
		}))
	}
}

// model is a cache, and the tokens that each sequence has.
type model struct {
	kvcache.Cache
	p      *attn.Problem
	pinned int
	taken  [][]float32 // [Batch][token] a number of its own for each, as its key and its value
	number float32
}

func (m *model) entry(t *rapid.T) int { return rapid.IntRange(0, m.p.Batch-1).Draw(t, "entry") }

func (m *model) holdsAll(t *rapid.T) {
	for b := range m.taken {
		if err := holds(m.Cache, b, m.pinned, m.taken[b]); err != nil {
			t.Fatal(err)
		}
	}
}

func (m *model) reset(t *rapid.T) {
	b := m.entry(t)
	m.Reset(b)
	m.taken[b] = nil
}

func (m *model) truncate(t *rapid.T) {
	b := m.entry(t)
	n := rapid.IntRange(0, len(m.taken[b])).Draw(t, "length")
	if n <= m.pinned || n >= m.Oldest(b) {
		m.Truncate(b, n)
		m.taken[b] = m.taken[b][:n]
	}
}

// gather asks for the tokens that stay as one stretch of rows.
func (m *model) gather(t *rapid.T) {
	b := m.entry(t)
	lo, end := m.Oldest(b), len(m.taken[b])
	if end > lo {
		lo = rapid.IntRange(lo, end-1).Draw(t, "from")
	}
	rows := m.Gathered(b, lo)
	k, v := m.Gather(b, lo)
	want := append(slices.Clone(m.taken[b][:min(m.pinned, end)]), m.taken[b][min(lo, end):]...)
	if m.pinned == 0 && rows > len(want) {
		want = m.taken[b][end-rows:]
	}
	if rows != len(want) {
		t.Fatalf("%d of %d tokens gathered from %d on: want %d", rows, end, lo, len(want))
	}
	for row, x := range want {
		for g := range m.p.KVHeads {
			if k.Row(b, g, row)[2] != x || v.Row(b, g, row)[0] != -x {
				t.Fatalf("gathered from %d on, row %d is %v, %v: want %v", lo, row, k.Row(b, g, row)[2], v.Row(b, g, row)[0], x)
			}
		}
	}
}

func (m *model) append(t *rapid.T) {
	b, p := m.entry(t), m.p
	n := rapid.IntRange(0, min(19, p.KVLen-len(m.taken[b]))).Draw(t, "tokens")
	k, v := attn.NewTensor(p.Batch, p.KVHeads, 20, p.HeadDim), attn.NewTensor(p.Batch, p.KVHeads, 20, p.ValueDim)
	for i := range n {
		m.number++
		m.taken[b] = append(m.taken[b], m.number)
		for g := range p.KVHeads {
			k.Row(b, g, i)[2], v.Row(b, g, i)[0] = m.number, -m.number
		}
	}
	m.Append(b, n, k, v)
}

// holds reports a token that is not where it should be.
func holds(c kvcache.Cache, b, pinned int, taken []float32) error {
	if got := c.Lens()[b]; got != len(taken) {
		return fmt.Errorf("batch entry %d has %d tokens: want %d", b, got, len(taken))
	}
	k, v := c.Rows()
	for _, span := range [][2]int{{0, min(pinned, len(taken))}, {c.Oldest(b), len(taken)}} {
		for t := span[0]; t < span[1]; {
			row, n := c.Span(b, t, span[1])
			if n < 1 || t+n > span[1] {
				return fmt.Errorf("batch entry %d: a span of %d tokens from %d of [%d, %d)", b, n, t, span[0], span[1])
			}
			for i := range n {
				for g := range k.Shape[1] {
					if x, y := k.Row(b, g, row+i)[2], v.Row(b, g, row+i)[0]; x != taken[t+i] || y != -taken[t+i] {
						return fmt.Errorf("batch entry %d: token %d is %v, %v: want %v", b, t+i, x, y, taken[t+i])
					}
				}
			}
			t += n
		}
	}
	return nil
}

// A ring holds as many tokens as it has rows, and each token takes the row of the oldest.
func TestARingOverwritesTheOldestToken(t *testing.T) {
	p := attn.Problem{Batch: 1, KVHeads: 1, KVLen: 100, HeadDim: 1, ValueDim: 1}
	c := kvcache.NewRing(&p, 2, 5)
	k := attn.NewTensor(1, 1, 1, 1)
	for i := range 20 {
		c.Append(0, 1, k, k)
		row, _ := c.Span(0, i, i+1)
		want := i
		if i >= 2 {
			want = 2 + (i-2)%5
		}
		if row != want || c.Oldest(0) != max(2, i+1-5) {
			t.Errorf("token %d lies in row %d and the oldest is %d: want row %d, %d", i, row, c.Oldest(0), want, max(2, i+1-5))
		}
	}
}
