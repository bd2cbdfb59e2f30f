package tile

import (
	"slices"
	"testing"

	"attnbench/attn"
	"attnbench/internal/kernel"
)

// config plans full-size panels of a mask on 64 rows and keys.
func config(t *testing.T, mask attn.Mask) Config {
	t.Helper()
	p := attn.Problem{Batch: 1, QHeads: 1, KVHeads: 1, QLen: 64, KVLen: 64, HeadDim: 4, ValueDim: 4, Mask: mask}
	c, err := NewConfig("test", p, attn.Options{ISA: "generic"})
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
		want []cut
	}{
		{attn.Causal(), []cut{{0, 8, 0, 16}, {8, 16, 8, 8}}},
		{attn.Window{Left: -1, Right: 8}, []cut{{0, 16, 0, 16}, {16, 24, 8, 8}}},
		{attn.Window{Left: 3, Right: 0}, []cut{{0, 8, 0, 12}, {8, 16, 8, 8}}},
		{attn.Full(), []cut{{0, 32, 0, 16}}},
	} {
		config := config(t, c.mask)
		panel := config.Panel(&attn.Args{}, make([]float32, config.WorkFloats()), make([]float32, config.StatsFloats()), 0, 0, 0)
		partial := config.NewPartial(make([]float32, config.PartialFloats()))
		panel.Visibility(partial.vis, 0, 32)
		if got := partial.trim(config.Set.Width, 32); !slices.Equal(got, c.want) {
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
					config := config(t, w)
					config.mask = mask
					panel := config.Panel(&attn.Args{}, make([]float32, config.WorkFloats()), make([]float32, config.StatsFloats()), 0, 0, 1)
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
	config := config(t, attn.Full())
	config.mask = plain{attn.Full()}
	panel := config.Panel(&attn.Args{}, make([]float32, config.WorkFloats()), make([]float32, config.StatsFloats()), 0, 0, 0)
	vis := kernel.NewVisibility(make([]float32, kernel.VisibilityFloats))
	panel.Visibility(vis, 0, 5)
	for j, word := range vis {
		if want := uint32(0xffff); j < 5 && word != want || j >= 5 && word != 0 {
			t.Errorf("key %d is seen by %x", j, word)
		}
	}
}

// Query heads of one kv head form teams that share K and V; heads of their own do not.
func TestTeams(t *testing.T) {
	for _, c := range []struct{ q, kv, want int }{{8, 8, 1}, {8, 4, 2}, {32, 8, 4}, {6, 2, 3}, {16, 1, 4}, {10, 2, 1}} {
		p := attn.Problem{Batch: 1, QHeads: c.q, KVHeads: c.kv, QLen: 8, KVLen: 8, HeadDim: 4, ValueDim: 4}
		x, err := NewEngine("test", p, attn.Options{}, DefaultBlockK, attn.NewBlockMask)
		if err != nil {
			t.Fatal(err)
		}
		if got := x.(*Engine).team; got != c.want {
			t.Errorf("%d:%d heads: teams of %d: want %d", c.q, c.kv, got, c.want)
		}
	}
}

// The hint of the next part names rows that exist and stays within its pieces.
func TestAheadOfEveryPart(t *testing.T) {
	p := attn.Problem{Batch: 2, QHeads: 4, KVHeads: 2, QLen: 100, KVLen: 100, HeadDim: 8, ValueDim: 4, Mask: attn.Window{Left: 9, Right: 0}}
	x, err := NewEngine("test", p, attn.Options{}, DefaultBlockK, attn.NewBlockMask)
	if err != nil {
		t.Fatal(err)
	}
	e := x.(*Engine)
	a := attn.Args{Q: attn.NewTensor(2, 4, 100, 8), K: attn.NewTensor(2, 2, 100, 8), V: attn.NewTensor(2, 2, 100, 4), Out: attn.NewTensor(2, 4, 100, 4)}
	parts := p.Batch * p.QHeads / e.team * e.panels
	for i := range parts {
		hint := e.aheadOf(&a, i)
		if last := i == parts-1; last != (hint.left == 0) {
			t.Errorf("part %d of %d has %d pieces", i, parts, hint.left)
		}
		for hint.left > 0 {
			if piece := hint.take(); len(piece.From) == 0 || piece.Step <= 0 {
				t.Errorf("part %d: a piece of %d floats with step %d", i, len(piece.From), piece.Step)
			}
		}
	}
}
