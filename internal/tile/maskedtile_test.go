package tile

import (
	"slices"
	"testing"

	"attnbench/attn"
	"attnbench/attn/mask"
	"attnbench/internal/kernel"
)

// panels plans full-size panels of a mask on 64 rows and keys.
func panels(t *testing.T, mask attn.Mask) Panels {
	t.Helper()
	p := attn.Problem{Batch: 1, QHeads: 1, KVHeads: 1, QLen: 64, KVLen: 64, HeadDim: 4, ValueDim: 4, Mask: mask}
	c, err := NewPanels("test", p, attn.Options{ISA: "generic"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Edges are trimmed to whole vectors of lanes: with vectors of 4 in a panel of 16
// rows, keys 8..15 of the diagonal are seen by lanes 8..15 only.
func TestTrimFollowsTheEdges(t *testing.T) {
	for _, c := range []struct {
		mask attn.Mask
		want []subtile
	}{
		{attn.Causal(), []subtile{{0, 8, 0, 16}, {8, 16, 8, 8}}},
		{attn.Window{Left: -1, Right: 8}, []subtile{{0, 16, 0, 16}, {16, 24, 8, 8}}},
		{attn.Window{Left: 3, Right: 0}, []subtile{{0, 8, 0, 12}, {8, 16, 8, 8}}},
		{attn.Full(), []subtile{{0, 32, 0, 16}}},
	} {
		shared := panels(t, c.mask)
		panel := shared.Panel(&attn.Args{}, make([]float32, shared.WorkFloats()), make([]float32, shared.StatsFloats()), 0, 0, 0)
		masked := shared.NewMaskedTile(make([]float32, shared.MaskedTileFloats()))
		panel.Visibility(masked.vis, 0, 32)
		if got := masked.trim(shared.Set.Width, 32); !slices.Equal(got, c.want) {
			t.Errorf("%v: %v: want %v", c.mask, got, c.want)
		}
	}
}

// plain hides that a mask is a window.
type plain struct{ attn.Mask }

// The direct form of windows agrees with their bits, at every offset of the keys.
func TestWindowVisibilityAgreesWithItsBits(t *testing.T) {
	for _, w := range []attn.Window{{Left: -1, Right: -1}, {Left: -1}, {Right: -1}, {}, {Left: 3, Right: 0}, {Left: 0, Right: 5}, {Left: 20, Right: 20}} {
		for k0 := range 50 {
			for _, keys := range []int{1, 7, 14} {
				var got [2]kernel.Visibility
				for i, mask := range []attn.Mask{w, plain{w}} {
					shared := panels(t, w)
					shared.under(mask)
					panel := shared.Panel(&attn.Args{}, make([]float32, shared.WorkFloats()), make([]float32, shared.StatsFloats()), 0, 0, 1)
					panel.rows -= k0 % 3
					got[i] = kernel.NewVisibility(make([]float32, kernel.VisibilityFloats))
					panel.Visibility(got[i], k0, keys)
				}
				if !slices.Equal(got[0][:keys], got[1][:keys]) {
					t.Fatalf("%v, %d keys from %d: %x: want %x", w, keys, k0, got[0][:keys], got[1][:keys])
				}
			}
		}
	}
}

// No key beyond a tile is visible, whatever the mask says of it.
func TestVisibilityEndsWithTheTile(t *testing.T) {
	shared := panels(t, attn.Full())
	shared.under(plain{attn.Full()})
	panel := shared.Panel(&attn.Args{}, make([]float32, shared.WorkFloats()), make([]float32, shared.StatsFloats()), 0, 0, 0)
	vis := kernel.NewVisibility(make([]float32, kernel.VisibilityFloats))
	panel.Visibility(vis, 0, 5)
	for j, word := range vis {
		if want := uint32(0xffff); j < 5 && word != want || j >= 5 && word != 0 {
			t.Errorf("key %d is seen by %x", j, word)
		}
	}
}

// Query heads of one kv head form groups that share K and V; heads of their own do not.
func TestHeadGroups(t *testing.T) {
	for _, c := range []struct{ q, kv, want int }{{8, 8, 1}, {8, 4, 2}, {32, 8, 4}, {6, 2, 3}, {16, 1, 4}, {10, 2, 1}} {
		p := attn.Problem{Batch: 1, QHeads: c.q, KVHeads: c.kv, QLen: 8, KVLen: 8, HeadDim: 4, ValueDim: 4}
		x, err := NewEngine("test", p, attn.Options{}, Config{}, mask.NewBlockMask)
		if err != nil {
			t.Fatal(err)
		}
		if got := x.(*Engine).group; got != c.want {
			t.Errorf("%d:%d heads: groups of %d: want %d", c.q, c.kv, got, c.want)
		}
	}
}

// The prefetches of the next part name rows that exist, and there are none after the last part.
func TestPrefetchesOfEveryPart(t *testing.T) {
	p := attn.Problem{Batch: 2, QHeads: 4, KVHeads: 2, QLen: 100, KVLen: 100, HeadDim: 8, ValueDim: 4, Mask: attn.Window{Left: 9, Right: 0}}
	x, err := NewEngine("test", p, attn.Options{}, Config{}, mask.NewBlockMask)
	if err != nil {
		t.Fatal(err)
	}
	e := x.(*Engine)
	a := attn.Args{Q: attn.NewTensor(2, 4, 100, 8), K: attn.NewTensor(2, 2, 100, 8), V: attn.NewTensor(2, 2, 100, 4), Out: attn.NewTensor(2, 4, 100, 4)}
	parts := p.Batch * p.QHeads / e.group * e.panels
	for i := range parts {
		list := e.prefetchesOf(&a, i+1)
		if last := i == parts-1; last != (list.left == 0) {
			t.Errorf("part %d of %d has %d prefetches", i, parts, list.left)
		}
		for list.left > 0 {
			if p := list.take(); len(p.From) == 0 || p.Step <= 0 {
				t.Errorf("part %d: a prefetch of %d floats with step %d", i, len(p.From), p.Step)
			}
		}
	}
}
