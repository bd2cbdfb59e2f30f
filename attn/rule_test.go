package attn

import (
	"slices"
	"strings"
	"testing"
)

func someRules() []Rule {
	list := []Rule{
		{}, {Kind: Linear}, {Kind: Linear, Eps: 1e-6}, {Kind: Linear, Feature: ReLU, Eps: 0.1}, {Kind: Linear, Feature: Taylor2},
		{Kind: Linear, Feature: Favor, Features: 128, Seed: 7}, {Kind: Linear, Feature: Favor, Features: 1, Eps: 0.5},
	}
	for _, r := range recurrentNames {
		list = append(list, r)
	}
	return list
}

func TestParseRuleReadsWhatStringWrites(t *testing.T) {
	for _, r := range someRules() {
		if got, err := ParseRule(r.String()); err != nil || got != r {
			t.Errorf("%v is read as %v, %v", r, got, err)
		}
	}
	for _, text := range []string{
		"", "linear", "linear:", "linear:elu1:", "linear:elu1:-1", "linear:elu1:x", "linear:elu1:nan", "linear:elu1:inf", "linear:elu1:1e99",
		"linear:elu1:1:1", "linear:elu12", "linear:relu:", "linear:taylor2:3:4", "softmax:1", "Softmax", " softmax",
		"linear:favor", "linear:favor:8", "linear:favor:0:1", "linear:favor:-8:1", "linear:favor:8:-1", "linear:favor:1048577:1", "linear:favor:x:1",
		"linear:favor:8:x", "linear:favor:8:1:", "linear:favor:99999999999999999999:1",
		"gated", "gated:", "gated:head:1", "retention:0.5", "delta:", "gated-delta", "identity:0",
	} {
		r, err := ParseRule(text)
		if err == nil {
			t.Errorf("%q is read as %v", text, r)
		} else if !strings.Contains(err.Error(), "rule ") || !strings.Contains(err.Error(), strings.Join(RuleTexts(), ", ")) {
			t.Errorf("%q: the error names neither the rule nor what is wanted: %v", text, err)
		}
	}
}

// What is read is valid and written in words that read the same.
func FuzzParseRule(f *testing.F) {
	for _, r := range someRules() {
		f.Add(r.String())
	}
	f.Add("linear:favor:8:1:0x1p-2")
	f.Add("linear:elu1:1e-60")
	f.Fuzz(func(t *testing.T, text string) {
		r, err := ParseRule(text)
		if err != nil {
			return
		}
		if err := r.Validate(); err != nil {
			t.Fatalf("%q is read as %v, which is not valid: %v", text, r, err)
		}
		if again, err := ParseRule(r.String()); err != nil || again != r {
			t.Fatalf("%q is read as %v, which is read as %v, %v", text, r, again, err)
		}
	})
}

// Modifiers that are read are written in words that read the same, and Validate
// takes or refuses whatever they say.
func FuzzModifiers(f *testing.F) {
	p := valid()
	p.Scale, p.Softcap, p.Bias = ScaleOf(0.1), 30, BiasShape{2, 1}
	p.ALiBi, p.SinkLogits = []float32{1, 0.5, 0.25, 0.125}, []float32{-1, 0, 1, 2}
	p.QueryStart, p.KVLens, p.LogDecay = []int{-3, 4}, []int{0, 9}, []float32{0, -1}
	f.Add(strings.Join(p.Modifiers(), " "))
	f.Add("scale:nan softcap:-inf bias:0:0")
	f.Add("kvlens:-1:10 querystart:9223372036854775807:0")
	f.Fuzz(func(t *testing.T, text string) {
		p, err := valid().SetModifiers(strings.Fields(text))
		if err != nil {
			return
		}
		again, err := valid().SetModifiers(p.Modifiers())
		if err != nil || !slices.Equal(again.Modifiers(), p.Modifiers()) {
			t.Fatalf("%q is read as %v, which is read as %v, %v", text, p.Modifiers(), again.Modifiers(), err)
		}
		if err := p.Validate(); err == nil {
			p.VisiblePairs()
		} else if !strings.HasPrefix(err.Error(), "attn: ") {
			t.Fatalf("%q: the error is %v", text, err)
		}
	})
}
