package attn

import (
	"errors"
	"strings"
	"testing"

	"attnbench/attn/mask"
)

// growing is a Problem that has a State.
func growing() Problem {
	p := valid()
	p.Mask = Causal()
	return p
}

func TestProblemsOfAState(t *testing.T) {
	for _, set := range []func(*Problem){
		func(*Problem) {},
		func(p *Problem) { p.QLen = p.KVLen },
		func(p *Problem) { p.Mask = mask.StreamingLLM(2, 3) },
		func(p *Problem) { p.Mask = mask.And(mask.NewDocuments(3, 9), Causal()) },
		func(p *Problem) {
			p.Mask = mask.And(Causal(), mask.Predicate("odd", func(_, _, q, k int) bool { return (q+k)%2 == 1 }))
		},
		func(p *Problem) { p.Mask = mask.And(Causal(), mask.BigBird(4, 1, 1, 1, 2, 9, 5)) },
		func(p *Problem) {
			p.Softcap, p.ALiBi, p.SinkLogits, p.Scale = 2, make([]float32, 4), make([]float32, 4), ScaleOf(0)
		},
		with("linear:favor:8:1", nil), with("retention", nil), with("gated-delta:dim", nil),
	} {
		p := growing()
		set(&p)
		if err := p.ValidateState(); err != nil {
			t.Errorf("%v: %v", p, err)
		}
	}
}

func TestProblemsWithoutAStateNameTheField(t *testing.T) {
	keep := func(rows, keys int) *mask.Keep {
		m, err := mask.NewKeep(make([]bool, rows*keys), 1, 1, rows, keys, nil)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	p := growing()
	selection, err := mask.NewSelection(p.Shape(), 2, 2)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		field       string
		unsupported bool
		set         func(*Problem)
	}{
		{"QueryStart", false, func(p *Problem) { p.QueryStart = []int{4, 4} }},
		{"QueryStart", false, func(p *Problem) { p.QueryStart = []int{} }},
		{"KVLens", false, func(p *Problem) { p.KVLens = []int{9, 9} }},
		{"Batch is 0", false, func(p *Problem) { p.Batch = 0 }},
		{"KVHeads = 3", false, func(p *Problem) { p.KVHeads = 3 }},
		{"QLen is 10", false, func(p *Problem) { p.QLen = 10 }},
		{"QLen is 0", false, func(p *Problem) { p.QLen = 0 }},
		{"ALiBi", false, func(p *Problem) { p.ALiBi = []float32{1} }},
		{"Bias", false, func(p *Problem) { p.Bias = BiasShape{3, 1} }},
		{"Bias", true, func(p *Problem) { p.Bias = BiasShape{1, 1} }},
		{"Mask full", true, func(p *Problem) { p.Mask = nil }},
		{"Mask full", true, func(p *Problem) { p.Mask = Full() }},
		{"Mask window:3:1", true, func(p *Problem) { p.Mask = Window{Left: 3, Right: 1} }},
		{"Mask sinks:2", true, func(p *Problem) { p.Mask = mask.Sinks{Tokens: 2} }},
		{"Mask causal+sinks:2", true, func(p *Problem) { p.Mask = mask.Or(Causal(), mask.Sinks{Tokens: 2}) }},
		{"Mask document:3:9", true, func(p *Problem) { p.Mask = mask.NewDocuments(3, 9) }},
		{"Mask predicate[none]", true, func(p *Problem) { p.Mask = mask.Predicate("none", func(_, _, _, _ int) bool { return false }) }},
		{"Mask keep[1x1x5x9]", true, func(p *Problem) { p.Mask = keep(5, 9) }},
		{"Mask causal@keep[1x1x5x9]", true, func(p *Problem) { p.Mask = mask.And(Causal(), keep(5, 9)) }},
		{"Mask causal@keep[1x1x5x9]@sinks:4", true, func(p *Problem) { p.Mask = mask.And(Causal(), keep(5, 9), mask.Sinks{Tokens: 4}) }},
		{"of one length", true, func(p *Problem) { p.Mask = mask.And(Causal(), mask.Or(keep(5, 9), mask.Sinks{Tokens: 2})) }},
		{"of one length", true, func(p *Problem) { p.Mask = mask.And(selection, Causal()) }},
		{"keep has 4 rows", false, func(p *Problem) { p.Mask = mask.And(Causal(), keep(4, 9)) }},
		{"nil *mask.Keep", false, func(p *Problem) { p.Mask = mask.And(Causal(), (*mask.Keep)(nil)) }},
		{"nil *mask.Keep", false, func(p *Problem) { p.Mask = (*mask.Keep)(nil) }},
		{"nil *mask.Documents", false, func(p *Problem) { p.Mask = mask.And(Causal(), (*mask.Documents)(nil)) }},
		{"is nil", false, func(p *Problem) { p.Mask = mask.And(Causal(), nil) }},
		{"Mask full", true, with("linear:elu1", func(p *Problem) { p.Mask = Full() })},
		{"Mask is window:3:0", false, with("delta", func(p *Problem) { p.Mask = Window{Left: 3, Right: 0} })},
	} {
		p := growing()
		c.set(&p)
		err := p.ValidateState()
		if err == nil || !strings.Contains(err.Error(), c.field) || errors.Is(err, errors.ErrUnsupported) != c.unsupported {
			t.Errorf("%s: the error is %v", c.field, err)
		}
	}
}
