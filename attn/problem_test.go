package attn

import (
	"math"
	"strings"
	"testing"
)

func valid() Problem {
	return Problem{Batch: 2, QHeads: 4, KVHeads: 2, QLen: 5, KVLen: 9, HeadDim: 3, ValueDim: 7}
}

func TestValidateNamesTheField(t *testing.T) {
	if err := valid().Validate(); err != nil {
		t.Fatalf("a valid Problem: %v", err)
	}
	nan := float32(math.NaN())
	for _, c := range []struct {
		field string
		set   func(*Problem)
	}{
		{"Batch is 0", func(p *Problem) { p.Batch = 0 }},
		{"QHeads is 3", func(p *Problem) { p.QHeads = 3 }},
		{"KVHeads is 0", func(p *Problem) { p.KVHeads = 0 }},
		{"QLen is -1", func(p *Problem) { p.QLen = -1 }},
		{"KVLen is 0", func(p *Problem) { p.KVLen = 0 }},
		{"HeadDim is 65537", func(p *Problem) { p.HeadDim = 65537 }},
		{"ValueDim is 0", func(p *Problem) { p.ValueDim = 0 }},
		{"overflows", func(p *Problem) { p.Batch, p.QLen = 1<<40, 1<<30 }},
		{"Mask: window left is -2", func(p *Problem) { p.Mask = Window{-2, 0} }},
		{"Mask: window right is", func(p *Problem) { p.Mask = Window{0, maxWindow + 1} }},
		{"QueryStart has 1", func(p *Problem) { p.QueryStart = []int{0} }},
		{"QueryStart[1]", func(p *Problem) { p.QueryStart = []int{0, math.MaxInt} }},
		{"KVLens has 3", func(p *Problem) { p.KVLens = []int{1, 1, 1} }},
		{"KVLens[1] is 10", func(p *Problem) { p.KVLens = []int{9, 10} }},
		{"Scale", func(p *Problem) { p.Scale = ScaleOf(nan) }},
		{"Softcap is -1", func(p *Problem) { p.Softcap = -1 }},
		{"ALiBi has 2", func(p *Problem) { p.ALiBi = []float32{1, 2} }},
		{"ALiBi[3]", func(p *Problem) { p.ALiBi = []float32{1, 2, 3, nan} }},
		{"SinkLogits[0]", func(p *Problem) { p.SinkLogits = []float32{float32(math.Inf(-1)), 0, 0, 0} }},
		{"Rule: kind 9", func(p *Problem) { p.Rule.Kind = 9 }},
		{"Rule: eps", func(p *Problem) { p.Rule = Rule{Kind: Linear, Eps: nan} }},
		{"Rule: a feature map or eps", func(p *Problem) { p.Rule.Eps = 1 }},
		{"Rule is linear", func(p *Problem) { p.Rule.Kind, p.Softcap = Linear, 3 }},
	} {
		p := valid()
		c.set(&p)
		if err := p.Validate(); err == nil || !strings.Contains(err.Error(), c.field) {
			t.Errorf("want an error with %q, got %v", c.field, err)
		}
	}
}

func TestPairsAndFLOPs(t *testing.T) {
	p := Problem{Batch: 2, QHeads: 3, KVHeads: 1, QLen: 100, KVLen: 100, HeadDim: 8, ValueDim: 16}
	for _, c := range []struct {
		mask Mask
		each int64
	}{
		{nil, 100 * 100}, {Full(), 100 * 100}, {Causal(), 100 * 101 / 2},
		{Window{0, 0}, 100}, {Window{9, 0}, 10*100 - 45}, {Window{9, 9}, 19*100 - 90},
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
	p.KVLens, p.Rule = nil, Rule{Kind: Linear}
	if got, want := p.FLOPs(), int64(4*8*16*2*3*100); got != want {
		t.Errorf("%v: %d FLOPs: want %d", p, got, want)
	}
	if got, want := p.MinBytes(), int64(4*2*(3*100*8+100*24+3*100*16)); got != want {
		t.Errorf("%v: %d bytes: want %d", p, got, want)
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

func TestParseRuleReadsWhatStringWrites(t *testing.T) {
	for _, r := range []Rule{{}, {Kind: Linear}, {Kind: Linear, Eps: 1e-6}} {
		if got, err := ParseRule(r.String()); err != nil || got != r {
			t.Errorf("%v is read as %v, %v", r, got, err)
		}
	}
	for _, text := range []string{"", "linear", "linear:elu1:", "linear:elu1:-1", "linear:elu1:x", "linear:elu12", "softmax:1"} {
		if r, err := ParseRule(text); err == nil {
			t.Errorf("%q is read as %v", text, r)
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
