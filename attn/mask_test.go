package attn

import (
	"strings"
	"testing"

	"attnbench/attn/mask"
)

func TestKeepOfOtherSizesIsRefused(t *testing.T) {
	keep, err := mask.NewKeep(make([]bool, 2*3*4*5), 2, 3, 4, 5, []int{1})
	if err != nil {
		t.Fatal(err)
	}
	ok := Problem{Batch: 2, QHeads: 3, KVHeads: 1, QLen: 4, KVLen: 5, HeadDim: 1, ValueDim: 1, Mask: keep}
	if err := ok.Validate(); err != nil {
		t.Fatal(err)
	}
	for _, spoil := range []func(*Problem){
		func(p *Problem) { p.Batch = 3 }, func(p *Problem) { p.QHeads = 2 }, func(p *Problem) { p.QLen = 3 },
		func(p *Problem) { p.KVLen = 6 }, func(p *Problem) { p.QueryStart = []int{1, 2} }, func(p *Problem) { p.Mask = mask.And(Causal(), keep); p.QLen = 9 },
	} {
		p := ok
		spoil(&p)
		if err := p.Validate(); err == nil || !strings.Contains(err.Error(), "Mask") {
			t.Errorf("%v: the error is %v", p, err)
		}
	}
	if _, err := mask.NewKeep(nil, 1, 1, 2, 2, nil); err == nil {
		t.Error("too few elements are taken")
	}
}

func TestSelectionsOfOtherSizesAreRefused(t *testing.T) {
	ok := Problem{Batch: 2, QHeads: 3, KVHeads: 1, QLen: 4, KVLen: 5, HeadDim: 1, ValueDim: 1}
	s, err := mask.NewSelection(ok.Shape(), 2, 2)
	if err != nil {
		t.Fatal(err)
	}
	if ok.Mask = mask.And(s, Causal()); ok.Validate() != nil {
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
	for name, blocks := range map[string][2]int{"blockQ": {0, 4}, "blockK": {4, mask.MaxSelectionBlock + 1}} {
		if _, err := mask.NewSelection(ok.Shape(), blocks[0], blocks[1]); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: the error is %v", name, err)
		}
	}
}
