package attn

import (
	"testing"

	"attnbench/attn/mask"
)

func valid() Problem {
	return Problem{Batch: 2, QHeads: 4, KVHeads: 2, QLen: 5, KVLen: 9, HeadDim: 3, ValueDim: 7}
}

func TestPairsAndFLOPs(t *testing.T) {
	p := Problem{Batch: 2, QHeads: 3, KVHeads: 1, QLen: 100, KVLen: 100, HeadDim: 8, ValueDim: 16}
	for _, c := range []struct {
		mask Mask
		each int64
	}{
		{nil, 100 * 100}, {Full(), 100 * 100}, {Causal(), 100 * 101 / 2},
		{Window{Left: 0, Right: 0}, 100}, {Window{Left: 9, Right: 0}, 10*100 - 45}, {Window{Left: 9, Right: 9}, 19*100 - 90},
	} {
		p.Mask = c.mask
		if got := p.VisiblePairs(); got != 6*c.each {
			t.Errorf("%v: %d visible pairs: want %d", p, got, 6*c.each)
		}
		if got := p.FLOPs(); got != 2*(8+16)*6*c.each {
			t.Errorf("%v: %d FLOPs: want %d", p, got, 2*(8+16)*6*c.each)
		}
	}
	p.Mask, p.KVLens = Causal(), []int{100, 10}
	if got, want := p.VisiblePairs(), int64(3*(5050+10*91+45)); got != want {
		t.Errorf("%v: %d visible pairs: want %d", p, got, want)
	}
	p.KVLens = nil
	if got, want := p.MinBytes(), int64(4*2*(3*100*8+100*24+3*100*16)); got != want {
		t.Errorf("%v: %d bytes: want %d", p, got, want)
	}
}

// Three query heads read one kv head: its keys update one state, and those that no row sees
// are no work.
func TestFLOPsOfLinearRulesCountAnUpdateOncePerKVHead(t *testing.T) {
	const product = 2 * 8 * 16 // of a row and the state
	elu, delta := Rule{Kind: Linear}, Rule{Kind: Recurrent, Delta: true}
	for _, c := range []struct {
		rule        Rule
		mask        Mask
		rows        int
		start, lens []int
		want        int64
	}{
		{elu, nil, 100, nil, nil, 2 * (3*100 + 100)},
		{elu, Causal(), 100, nil, nil, 2 * (3*100 + 100)},
		{elu, Causal(), 100, nil, []int{100, 30}, 6*100 + 100 + 30},
		{elu, Causal(), 40, []int{0, 10}, nil, 6*40 + 40 + 50},
		{elu, Causal(), 40, []int{-50, 90}, nil, 6*40 + 0 + 100},
		{elu, Full(), 40, []int{0, 10}, []int{0, 70}, 6*40 + 70},
		{delta, Causal(), 40, []int{0, 10}, nil, 6*40 + 2*(40+50)},
		{elu, Causal(), 1, nil, nil, 6 + 200},
	} {
		p := Problem{
			Batch: 2, QHeads: 3, KVHeads: 1, QLen: c.rows, KVLen: 100, HeadDim: 8, ValueDim: 16,
			Mask: c.mask, QueryStart: c.start, KVLens: c.lens, Rule: c.rule,
		}
		if got := p.FLOPs(); got != product*c.want {
			t.Errorf("%v: %d FLOPs: want %d products of a row and the state, %d", p, got, c.want, product*c.want)
		}
	}
}

func TestModifiersAreReadBack(t *testing.T) {
	p := valid()
	p.Scale, p.Softcap = ScaleOf(0.1), 30
	p.ALiBi, p.SinkLogits = []float32{1, 0.5, 0.25, 0.125}, []float32{-1, 0, 1, 2}
	p.QueryStart, p.KVLens = []int{-3, 4}, []int{0, 9}
	q, err := valid().SetModifiers(p.Modifiers())
	if err != nil || q.String() != p.String() || q.Scale != p.Scale {
		t.Errorf("got %v, %v: want %v", q, err, p)
	}
	if list := valid().Modifiers(); len(list) != 0 {
		t.Errorf("a plain Problem has modifiers %v", list)
	}
	for _, bad := range []string{"", "nothing:1", "softcap:x", "kvlens:", "alibi:1:b"} {
		if _, err := valid().SetModifiers([]string{bad}); err == nil {
			t.Errorf("modifier %q is taken", bad)
		}
	}
}

func TestScale(t *testing.T) {
	var s Scale
	if got := s.Value(64); got != 0.125 {
		t.Errorf("the default scale of head_dim 64 is %v", got)
	}
	if got := ScaleOf(0).Value(64); got != 0 {
		t.Errorf("an explicit 0 is %v", got)
	}
}

// VisiblePairs counts one head for all where the mask does not vary, and each where it does.
func TestVisiblePairsOfHeadsThatSeeOtherKeys(t *testing.T) {
	p := valid()
	p.QLen, p.KVLen = 50, 90
	p.Mask = mask.And(Causal(), mask.RandomBlocks{Block: 8, Count: 3, Keys: 90, Seed: 1})
	var want, first int64
	for h := range p.QHeads {
		for i := range p.QLen {
			for j := range p.KVLen {
				if p.Mask.Visible(0, h, p.Start(0)+i, j) {
					if want += int64(p.Batch); h == 0 {
						first += int64(p.Batch)
					}
				}
			}
		}
	}
	if got := p.VisiblePairs(); got != want || want == first*int64(p.QHeads) {
		t.Errorf("%d pairs: want %d, the first head's %d", got, want, first)
	}
}
