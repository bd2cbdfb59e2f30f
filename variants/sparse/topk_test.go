package sparse_test

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"testing"

	"attnbench/attn"
	"attnbench/attn/attntest"
	"attnbench/attn/mask"
	"attnbench/internal/oracle"
	"attnbench/variants/sparse"
)

// Blocks so small that most of the kit's sequences have more than are kept.
func TestTopKConformance(t *testing.T) {
	attntest.Run(t, sparse.TopK{BlockK: 8, Keep: 2, BlockQ: 4}.New())
}

// Attention agrees with the oracle under the selection made, whatever the blocks.
func TestEveryTopKAgrees(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute under the race detector")
	}
	for _, c := range []sparse.TopK{{Keep: 8}, {BlockK: 5, Keep: 3, BlockQ: 1}, {BlockK: 24, BlockQ: 7}, {BlockK: 16, Keep: 1000, BlockQ: 33}} {
		for _, r := range attntest.Check(c.New(), "agreement", "invisible", "selection") {
			for _, violation := range r.Violations {
				t.Errorf("%+v: %s", c, violation)
			}
		}
	}
}

func TestTopKOutsideItsRangeIsRefused(t *testing.T) {
	p := attn.Problem{Batch: 1, QHeads: 1, KVHeads: 1, QLen: 1, KVLen: 1, HeadDim: 1, ValueDim: 1}
	for field, c := range map[string]sparse.TopK{"Keep": {Keep: -1}, "BlockK": {BlockK: -64}, "BlockQ": {BlockQ: mask.MaxSelectionBlock + 1}} {
		if _, err := c.New().Plan(p, attn.Options{}); err == nil || !strings.Contains(err.Error(), "TopK."+field) || errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%+v: the error is %v", c, err)
		}
	}
	for range 64 { // as many masks as one may combine
		p.Mask = mask.And(attn.Causal(), cmp.Or(p.Mask, attn.Full()))
	}
	if _, err := sparse.NewTopK().Plan(p, attn.Options{}); err == nil || !strings.Contains(err.Error(), "Mask") {
		t.Errorf("no room for the selection: the error is %v", err)
	}
}

// With room for all blocks the selection shows what the mask does.
func TestKeepingAllIsTheMask(t *testing.T) {
	for _, p := range selectionCases() {
		plan, err := sparse.TopK{BlockK: 16, Keep: (p.KVLen + 15) / 16, BlockQ: 8}.New().Plan(p, attn.Options{})
		if err != nil {
			t.Fatal(err)
		}
		made, _ := plan.(attn.Selector).Select(argsOf(t, p), make([]float32, plan.Workspace()))
		if got, want := made.VisiblePairs(), p.VisiblePairs(); got != want {
			t.Errorf("%v: %d pairs are visible: want %d", p, got, want)
		}
	}
}

// Heads of one kv head choose alone: in another order they make the same choices.
func TestHeadsChooseAlone(t *testing.T) {
	p := attn.Problem{Batch: 1, QHeads: 4, KVHeads: 1, QLen: 200, KVLen: 200, HeadDim: 8, ValueDim: 3, Mask: attn.Causal()}
	a := argsOf(t, p)
	b, order := a, []int{2, 0, 3, 1}
	b.Q, b.Out = attn.NewTensor(1, 4, 200, 8), attn.NewTensor(1, 4, 200, 3)
	for h, from := range order {
		for i := range p.QLen {
			copy(b.Q.Row(0, h, i), a.Q.Row(0, from, i))
		}
	}
	plan, err := sparse.TopK{BlockK: 8, Keep: 3, BlockQ: 8}.New().Plan(p, attn.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ws := make([]float32, plan.Workspace())
	plan.Forward(a, ws)
	plan.Forward(b, ws)
	differ := 0
	made, _ := plan.(attn.Selector).Select(a, ws)
	for h, from := range order {
		for i := range p.QLen {
			if !slices.Equal(b.Out.Row(0, h, i), a.Out.Row(0, from, i)) {
				t.Fatalf("row %d of head %d is %v: want %v, of head %d", i, h, b.Out.Row(0, h, i), a.Out.Row(0, from, i), from)
			}
			for k := range i {
				if made.Mask.Visible(0, h, i, k) != made.Mask.Visible(0, from, i, k) {
					differ++
				}
			}
		}
	}
	if differ == 0 {
		t.Error("all heads choose the same")
	}
}

// The scores know what matters: a needle in one block of keys is found by the queries
// that look for it, at any length of what lies between.
func TestANeedleIsKept(t *testing.T) {
	p := attn.Problem{Batch: 1, QHeads: 1, KVHeads: 1, QLen: 512, KVLen: 512, HeadDim: 16, ValueDim: 3, Mask: attn.Causal()}
	a := argsOf(t, p)
	const needle = 5 // block of keys, 320 .. 383 of 64
	for k := 64 * needle; k < 64*(needle+1); k++ {
		for c := range a.K.Row(0, 0, k) {
			a.K.Row(0, 0, k)[c] = 3
		}
	}
	for i := 480; i < 512; i++ {
		for c := range a.Q.Row(0, 0, i) {
			a.Q.Row(0, 0, i)[c] = 1
		}
	}
	plan, err := sparse.TopK{Keep: 1}.New().Plan(p, attn.Options{})
	if err != nil {
		t.Fatal(err)
	}
	ws := make([]float32, plan.Workspace())
	made, _ := plan.(attn.Selector).Select(a, ws)
	if n := mask.VisibleIn(made.Mask, 0, 0, 511, 64*needle); n != 0 || !made.Mask.Visible(0, 0, 511, 64*needle) {
		t.Errorf("%d keys before the needle are kept, the needle: %v", n, made.Mask.Visible(0, 0, 511, 64*needle))
	}
	plan.Forward(a, ws)
	want := oracle.ExpectAll(made, a, []oracle.Row{{B: 0, H: 0, I: 511}})
	if v := oracle.Compare(&made, want, a.Out, nil); v.First != "" {
		t.Error(v.First)
	}
}

// What a Forward allocates is the selection: attention under it allocates nothing.
func TestAttentionUnderASelectionAllocatesNothing(t *testing.T) {
	p := attn.Problem{Batch: 1, QHeads: 4, KVHeads: 2, QLen: 300, KVLen: 300, HeadDim: 16, ValueDim: 8, Mask: attn.Causal()}
	a := argsOf(t, p)
	for _, workers := range []int{1, 2} {
		plan, err := sparse.TopK{BlockK: 8, Keep: 3}.New().Plan(p, attn.Options{Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		ws := make([]float32, plan.Workspace())
		_, attend := plan.(attn.Selector).Select(a, ws)
		if n := testing.AllocsPerRun(20, func() { attend.Forward(a, ws) }); n >= 1 {
			t.Errorf("%d workers: %v allocations per Forward", workers, n)
		}
	}
}
