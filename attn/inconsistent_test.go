package attn

import (
	"math"
	"strings"
	"testing"

	"attnbench/attn/mask"
)

// with is the valid Problem under a rule.
func with(rule string, more func(*Problem)) func(*Problem) {
	return func(p *Problem) {
		r, err := ParseRule(rule)
		if err != nil {
			panic(err)
		}
		if p.Rule = r; r.Decay == FixedDecay {
			p.LogDecay = RetentionDecay(p.KVHeads)
		}
		if more != nil {
			more(p)
		}
	}
}

func TestEveryRuleIsValidWithWhatItNeeds(t *testing.T) {
	if err := valid().Validate(); err != nil {
		t.Fatalf("a plain Problem: %v", err)
	}
	for _, rule := range []string{"softmax", "linear:elu1", "linear:relu:0.5", "linear:favor:8:1", "linear:taylor2", "identity", "retention", "delta-retention", "gated:head", "gated-delta:dim"} {
		p := valid()
		with(rule, nil)(&p)
		if err := p.Validate(); err != nil {
			t.Errorf("%s: %v", rule, err)
		}
	}
}

// Each of these is refused for the field that it names and no other.
func TestInconsistentProblemsNameTheField(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	const maxInt = math.MaxInt32
	for _, c := range []struct {
		field string
		set   func(*Problem)
	}{
		{"Batch is 0", func(p *Problem) { p.Batch = 0 }},
		{"Batch is -9223372036854775808", func(p *Problem) { p.Batch = math.MinInt }},
		{"QHeads is 0", func(p *Problem) { p.QHeads = 0 }},
		{"QHeads is 3, which KVHeads = 2", func(p *Problem) { p.QHeads = 3 }},
		{"QHeads is 4, which KVHeads = 8", func(p *Problem) { p.KVHeads = 8 }},
		{"KVHeads is 0", func(p *Problem) { p.KVHeads = 0 }},
		{"KVHeads is -2", func(p *Problem) { p.KVHeads = -2 }},
		{"QLen is -1", func(p *Problem) { p.QLen = -1 }},
		{"QLen is 2147483648", func(p *Problem) { p.QLen = maxInt + 1 }},
		{"KVLen is 0", func(p *Problem) { p.KVLen = 0 }},
		{"KVLen is 2147483648", func(p *Problem) { p.KVLen = maxInt + 1 }},
		{"HeadDim is 65537", func(p *Problem) { p.HeadDim = MaxHeadDim + 1 }},
		{"ValueDim is 0", func(p *Problem) { p.ValueDim = 0 }},
		{"ValueDim is 65537", func(p *Problem) { p.ValueDim = MaxHeadDim + 1 }},

		{"Batch, QHeads, QLen, KVLen, HeadDim and ValueDim", func(p *Problem) { p.Batch = math.MaxInt }},
		{"overflows", func(p *Problem) { p.QHeads, p.KVHeads = math.MaxInt, math.MaxInt }},
		{"overflows", func(p *Problem) { p.QLen, p.KVLen = maxInt, maxInt }},
		{"overflows", func(p *Problem) { p.Batch, p.QLen, p.ValueDim = maxInt, maxInt, MaxHeadDim }},
		{"overflows", func(p *Problem) { p.Batch, p.KVLen, p.HeadDim = maxInt, maxInt, MaxHeadDim }},
		{"overflows", func(p *Problem) { p.Batch, p.QHeads, p.KVHeads, p.ValueDim = 1<<30, 1<<16, 1<<16, 1<<16 }},
		{"overflows", with("linear:taylor2", func(p *Problem) {
			p.Batch, p.QLen, p.KVLen, p.HeadDim, p.ValueDim = 1<<14, 1, 1, MaxHeadDim, MaxHeadDim
		})},
		{"overflows", with("linear:favor:1048576:0", func(p *Problem) { p.Batch, p.ValueDim = 1<<30, MaxHeadDim })},

		{"Mask: window left is -2", func(p *Problem) { p.Mask = Window{Left: -2, Right: 0} }},
		{"Mask: window right is -9223372036854775808", func(p *Problem) { p.Mask = Window{Left: 0, Right: math.MinInt} }},
		{"Mask: window right is 2147483648", func(p *Problem) { p.Mask = Window{Left: 0, Right: maxInt + 1} }},
		{"Mask: window left is -3", func(p *Problem) {
			p.Mask = mask.Or(Causal(), mask.And(Window{Left: -3, Right: 1}, mask.Sinks{Tokens: 4}))
		}},
		{"Mask: a mask is a nil *mask.Documents", func(p *Problem) { p.Mask = (*mask.Documents)(nil) }},
		{"Mask: a mask is a nil *mask.Documents in And or Or", func(p *Problem) { p.Mask = mask.And(Causal(), (*mask.Documents)(nil)) }},
		{"Mask: a mask is a nil *mask.Keep", func(p *Problem) { p.Mask = (*mask.Keep)(nil) }},
		{"Mask: a mask is a nil *mask.Selection in And or Or", func(p *Problem) { p.Mask = mask.And(Causal(), (*mask.Selection)(nil)) }},
		{"Mask: a mask is a nil *mask.Keep in And or Or", func(p *Problem) { p.Mask = mask.Or((*mask.Keep)(nil), Causal()) }},
		{"Mask: keep has 0 rows", func(p *Problem) { p.Mask = &mask.Keep{} }},
		{"Mask is window:3:0: Rule retention", with("retention", func(p *Problem) { p.Mask = Window{Left: 3, Right: 0} })},

		{"QueryStart has 0", func(p *Problem) { p.QueryStart = []int{} }},
		{"QueryStart has 3", func(p *Problem) { p.QueryStart = make([]int, 3) }},
		{"QueryStart[1]", func(p *Problem) { p.QueryStart = []int{0, math.MaxInt} }},
		{"QueryStart[0]", func(p *Problem) { p.QueryStart = []int{math.MinInt, 0} }},
		{"KVLens has 0", func(p *Problem) { p.KVLens = []int{} }},
		{"KVLens has 1", func(p *Problem) { p.KVLens = []int{3} }},
		{"KVLens[0] is -1", func(p *Problem) { p.KVLens = []int{-1, 9} }},
		{"KVLens[1] is 10: want 0 to KVLen = 9", func(p *Problem) { p.KVLens = []int{9, 10} }},

		{"Scale is NaN", func(p *Problem) { p.Scale = ScaleOf(nan) }},
		{"Scale is -Inf", func(p *Problem) { p.Scale = ScaleOf(-inf) }},
		{"Scale is -1: Rule linear:favor", with("linear:favor:8:1", func(p *Problem) { p.Scale = ScaleOf(-1) })},
		{"Scale is -1: Rule linear:taylor2", with("linear:taylor2", func(p *Problem) { p.Scale = ScaleOf(-1) })},
		{"Softcap is -1", func(p *Problem) { p.Softcap = -1 }},
		{"Softcap is 1e-45", func(p *Problem) { p.Softcap = 1e-45 }},
		{"Softcap is 3e+38", func(p *Problem) { p.Softcap = 3e38 }},
		{"Scale is -1e+31", func(p *Problem) { p.Scale = ScaleOf(-1e31) }},
		{"SinkLogits[0] is 3e+38", func(p *Problem) { p.SinkLogits = make([]float32, p.QHeads); p.SinkLogits[0] = 3e38 }},
		{"ALiBi[0] is -3e+38", func(p *Problem) { p.ALiBi = make([]float32, p.QHeads); p.ALiBi[0] = -3e38 }},
		{"ALiBi[1] is 1e+30: want at most 1e+28", func(p *Problem) { p.ALiBi = []float32{0, 1e30, 0, 0} }}, // times 2^32 past float32
		{"Softcap is NaN", func(p *Problem) { p.Softcap = nan }},
		{"Softcap is +Inf", func(p *Problem) { p.Softcap = inf }},
		{"ALiBi has 0", func(p *Problem) { p.ALiBi = []float32{} }},
		{"ALiBi has 2", func(p *Problem) { p.ALiBi = make([]float32, p.KVHeads) }},
		{"ALiBi[2] is +Inf", func(p *Problem) { p.ALiBi = []float32{0, 0, inf, 0} }},
		{"SinkLogits has 2", func(p *Problem) { p.SinkLogits = make([]float32, p.KVHeads) }},
		{"SinkLogits[3] is NaN", func(p *Problem) { p.SinkLogits = []float32{0, 0, 0, nan} }},

		{"Bias.Batch is 3: want 1 or Batch = 2", func(p *Problem) { p.Bias = BiasShape{3, 1} }},
		{"Bias.Batch is 0", func(p *Problem) { p.Bias = BiasShape{0, 4} }},
		{"Bias.Batch is -1", func(p *Problem) { p.Bias = BiasShape{-1, 1} }},
		{"Bias.Heads is 2: want 1 or QHeads = 4", func(p *Problem) { p.Bias = BiasShape{2, 2} }},
		{"Bias.Heads is 0", func(p *Problem) { p.Bias = BiasShape{1, 0} }},

		{"LogDecay has 0", func(p *Problem) { p.Rule = Rule{Kind: Recurrent, Decay: FixedDecay} }},
		{"LogDecay has 4 entries: want KVHeads = 2", with("retention", func(p *Problem) { p.LogDecay = make([]float32, 4) })},
		{"LogDecay has 2", func(p *Problem) { p.LogDecay = make([]float32, 2) }},
		{"LogDecay has 2", with("gated:head", func(p *Problem) { p.LogDecay = make([]float32, 2) })},
		{"LogDecay[1] is 0.5: want 0 or less", with("retention", func(p *Problem) { p.LogDecay = []float32{-1, 0.5} })},
		{"LogDecay[0] is +Inf", with("delta-retention", func(p *Problem) { p.LogDecay = []float32{inf, 0} })},
		{"LogDecay[0] is NaN", with("retention", func(p *Problem) { p.LogDecay = []float32{nan, 0} })},

		{"Rule: kind 3", func(p *Problem) { p.Rule.Kind = Recurrent + 1 }},
		{"Rule: feature map 4", func(p *Problem) { p.Rule = Rule{Kind: Linear, Feature: Taylor2 + 1} }},
		{"Rule: decay 4", func(p *Problem) { p.Rule = Rule{Kind: Recurrent, Decay: DimDecay + 1} }},
		{"Rule: decay and delta", func(p *Problem) { p.Rule = Rule{Kind: Linear, Delta: true} }},
		{"Rule: decay and delta", func(p *Problem) { p.Rule.Decay = HeadDecay }},
		{"Rule: a feature map or eps", func(p *Problem) { p.Rule = Rule{Kind: Recurrent, Eps: 1} }},
		{"Rule: features are 0", func(p *Problem) { p.Rule = Rule{Kind: Linear, Feature: Favor} }},
		{"Rule: features are -1", func(p *Problem) { p.Rule = Rule{Kind: Linear, Feature: Favor, Features: -1} }},
		{"Rule: features are 1048577", func(p *Problem) { p.Rule = Rule{Kind: Linear, Feature: Favor, Features: maxFeatures + 1} }},
		{"Rule: features are 8", func(p *Problem) { p.Rule = Rule{Kind: Linear, Features: 8} }},
		{"Rule: seed is -1", func(p *Problem) { p.Rule = Rule{Kind: Linear, Feature: Favor, Features: 8, Seed: -1} }},
		{"Rule: eps is -1", func(p *Problem) { p.Rule = Rule{Kind: Linear, Eps: -1} }},
		{"Rule: eps is +Inf", func(p *Problem) { p.Rule = Rule{Kind: Linear, Eps: inf} }},

		{"Softcap, ALiBi, Bias and SinkLogits belong to softmax: Rule is delta", with("delta", func(p *Problem) { p.Softcap = 3 })},
		{"Rule is linear:elu1", with("linear:elu1", func(p *Problem) { p.Bias = BiasShape{1, 1} })},
		{"Rule is gated:dim", with("gated:dim", func(p *Problem) { p.ALiBi = make([]float32, 4) })},
		{"Rule is linear:taylor2", with("linear:taylor2", func(p *Problem) { p.SinkLogits = make([]float32, 4) })},
	} {
		p := valid()
		c.set(&p)
		err := p.Validate()
		if err == nil || !strings.HasPrefix(err.Error(), "attn: ") || !strings.Contains(err.Error(), c.field) || strings.Contains(err.Error(), "\n") {
			t.Errorf("want an error with %q, got %v", c.field, err)
		}
	}
}

// The largest shapes that are taken: what is counted of them stays positive.
func TestCountsOfTheLargestProblemsDoNotOverflow(t *testing.T) {
	for _, set := range []func(*Problem){
		func(p *Problem) { p.Batch, p.QLen, p.KVLen = 1, math.MaxInt32, 1<<27 },
		func(p *Problem) { p.Batch, p.QLen, p.KVLen, p.HeadDim = 1, 1<<20, 1<<20, 1<<18 },
		with("linear:taylor2", func(p *Problem) {
			p.Batch, p.QHeads, p.KVHeads, p.QLen, p.KVLen, p.HeadDim, p.ValueDim = 1, 1, 1, 1<<11, 1<<11, MaxHeadDim, MaxHeadDim
		}),
		with("delta", func(p *Problem) { p.QLen, p.KVLen, p.HeadDim, p.ValueDim = 1<<24, 1<<24, 1<<10, 1<<10 }),
	} {
		p := valid()
		set(&p)
		for p.Validate() != nil { // halve it until it is just taken
			p.KVLen, p.HeadDim = max(1, p.KVLen/2), max(1, p.HeadDim/2)
		}
		counts := []int64{p.InputBytes(), p.OutputBytes(), p.MinBytes()}
		if p.Rule.Kind != Softmax {
			counts = append(counts, p.FLOPs())
		}
		for i, n := range counts {
			if n < 1 {
				t.Errorf("%v: count %d is %d", p, i, n)
			}
		}
	}
}
