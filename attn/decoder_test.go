package attn

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
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
		func(p *Problem) { p.Mask = StreamingLLM(2, 3) },
		func(p *Problem) { p.Mask = And(NewDocuments(3, 9), Causal()) },
		func(p *Problem) {
			p.Mask = And(Causal(), Predicate("odd", func(_, _, q, k int) bool { return (q+k)%2 == 1 }))
		},
		func(p *Problem) { p.Mask = And(Causal(), BigBird(4, 1, 1, 1, 2, 9, 5)) },
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
	keep := func(rows, keys int) *Keep {
		m, err := NewKeep(make([]bool, rows*keys), 1, 1, rows, keys, nil)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	selection, err := NewSelection(growing(), 2, 2)
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
		{"Mask window:3:1", true, func(p *Problem) { p.Mask = Window{3, 1} }},
		{"Mask sinks:2", true, func(p *Problem) { p.Mask = Sinks{2} }},
		{"Mask causal+sinks:2", true, func(p *Problem) { p.Mask = Or(Causal(), Sinks{2}) }},
		{"Mask document:3:9", true, func(p *Problem) { p.Mask = NewDocuments(3, 9) }},
		{"Mask predicate[none]", true, func(p *Problem) { p.Mask = Predicate("none", func(_, _, _, _ int) bool { return false }) }},
		{"Mask keep[1x1x5x9]", true, func(p *Problem) { p.Mask = keep(5, 9) }},
		{"Mask causal@keep[1x1x5x9]", true, func(p *Problem) { p.Mask = And(Causal(), keep(5, 9)) }},
		{"Mask causal@keep[1x1x5x9]@sinks:4", true, func(p *Problem) { p.Mask = And(Causal(), keep(5, 9), Sinks{4}) }},
		{"of one length", true, func(p *Problem) { p.Mask = And(Causal(), Or(keep(5, 9), Sinks{2})) }},
		{"of one length", true, func(p *Problem) { p.Mask = And(selection, Causal()) }},
		{"keep has 4 rows", false, func(p *Problem) { p.Mask = And(Causal(), keep(4, 9)) }},
		{"keep is nil", false, func(p *Problem) { p.Mask = And(Causal(), (*Keep)(nil)) }},
		{"keep is nil", false, func(p *Problem) { p.Mask = (*Keep)(nil) }},
		{"document is nil", false, func(p *Problem) { p.Mask = And(Causal(), (*Documents)(nil)) }},
		{"is nil", false, func(p *Problem) { p.Mask = And(Causal(), nil) }},
		{"Mask full", true, with("linear:elu1", func(p *Problem) { p.Mask = Full() })},
		{"Mask is window:3:0", false, with("delta", func(p *Problem) { p.Mask = Window{3, 0} })},
	} {
		p := growing()
		c.set(&p)
		err := p.ValidateState()
		if err == nil || !strings.Contains(err.Error(), c.field) || errors.Is(err, errors.ErrUnsupported) != c.unsupported {
			t.Errorf("%s: the error is %v", c.field, err)
		}
	}
}

// causalByDefinition asks m for keys past the position of each query of some.
func causalByDefinition(m Mask, h int) bool {
	for q := range 60 {
		for k := q + 1; k < 130; k++ {
			if m.Visible(0, h, q, k) {
				return false
			}
		}
	}
	return true
}

// narrow are masks that show no later key by their numbers, and others of the same
// kinds that do.
func narrow() []Mask {
	var list []Mask
	for n := range 3 {
		list = append(list, Sinks{n}, Global{n}, BlockWindow{1, 3, n}, BlockWindow{1 + n, 3, 0}, RandomBlocks{4, n, 60, 1}, Window{4, n}, Window{-1, n},
			Dilated{3, n, 2}, Strided{1 + n}, Fixed{4, n})
	}
	return append(list, Full(), NewDocuments(40, 20), StreamingLLM(0, 0), Window{0, 0})
}

func TestIsCausalIsTrueOfWhatShowsNoLaterKey(t *testing.T) {
	for _, m := range narrow() {
		if got, want := IsCausal(m), causalByDefinition(m, 0) && causalByDefinition(m, 1); got != want {
			t.Errorf("%v: %v: want %v", m, got, want)
		}
	}
	rng := rand.New(rand.NewPCG(1, 5))
	causal := 0
	for _, m := range append(trees(rng, 400), someMasks()...) {
		if IsCausal(m) {
			causal++
			if !causalByDefinition(m, 0) {
				t.Errorf("%v is said to be causal", m)
			}
		}
	}
	if causal < 20 {
		t.Errorf("only %d masks are causal", causal)
	}
	if IsCausal(nil) || IsCausal((*Documents)(nil)) || IsCausal((*Keep)(nil)) {
		t.Error("no mask at all is causal")
	}
}

// windows combines windows, sinks and global tokens at random.
func windows(rng *rand.Rand, depth int) Mask {
	kind := rng.IntN(5)
	if depth == 0 {
		kind = rng.IntN(3)
	}
	switch kind {
	case 0:
		return Window{rng.IntN(8) - 1, rng.IntN(3) - 1}
	case 1:
		return Sinks{rng.IntN(6)}
	case 2:
		return Global{rng.IntN(6)}
	case 3:
		return Or(windows(rng, depth-1), windows(rng, depth-1))
	}
	return And(windows(rng, depth-1), windows(rng, depth-1))
}

func TestStreamingTakesMasksApart(t *testing.T) {
	for _, c := range []struct {
		mask        Mask
		sinks, left int
	}{
		{Window{0, 0}, 0, 0}, {Window{7, 0}, 0, 7}, {StreamingLLM(4, 9), 4, 9}, {Or(And(Sinks{4}, Causal()), Window{9, 0}), 4, 9},
		{And(Causal(), Longformer(3, Window{7, 7})), 3, 7}, {And(Window{9, 5}, Causal()), 0, 9}, {And(Causal(), Or(Sinks{2}, Window{5, -1})), 2, 5},
	} {
		if sinks, left, ok := Streaming(c.mask); !ok || sinks != c.sinks || left != c.left {
			t.Errorf("%v: %d sinks and %d left, %v: want %d and %d", c.mask, sinks, left, ok, c.sinks, c.left)
		}
	}
	for _, m := range []Mask{
		nil, Full(), Causal(), Window{3, 1}, Sinks{2}, Or(Window{3, 0}, Sinks{2}), And(Causal(), Sinks{2}), Strided{4}, Dilated{3, 0, 2},
		And(StreamingLLM(4, 1), StreamingLLM(2, 9)), And(Causal(), NewDocuments(9)), Or(Causal(), Window{3, 0}),
	} {
		if sinks, left, ok := Streaming(m); ok || sinks != 0 || left != -1 {
			t.Errorf("%v: %d sinks and %d left, %v: want none", m, sinks, left, ok)
		}
	}
	rng, streams := rand.New(rand.NewPCG(2, 5)), 0
	for range 5000 {
		m := windows(rng, 3)
		sinks, left, ok := Streaming(m)
		if !ok {
			continue
		}
		streams++
		for q := range 20 {
			for k := range 30 {
				if want := k <= q && (k < sinks || k >= q-left); m.Visible(0, 0, q, k) != want {
					t.Fatalf("%v is said to be %d sinks and %d left: query %d sees key %d: %v", m, sinks, left, q, k, !want)
				}
			}
		}
	}
	if streams < 200 {
		t.Errorf("only %d masks are streaming", streams)
	}
}
