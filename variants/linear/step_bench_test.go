package linear_test

import (
	"fmt"
	"testing"

	"attnbench/attn"
	"attnbench/internal/input"
	"attnbench/variants/linear"
)

// A decode step of every rule, whose time does not depend on the context: what a state
// holds is read once and written once.
func BenchmarkStep(b *testing.B) {
	for _, text := range attn.RuleTexts() {
		rule, err := attn.ParseRule(text)
		if err != nil || rule.Kind == attn.Softmax {
			continue
		}
		for _, isa := range attn.ISAsOf(linear.New()) {
			b.Run(fmt.Sprintf("rule=%s/d=128/heads=32_8/isa=%s", text, isa), func(b *testing.B) { step(b, rule, isa) })
		}
	}
}

func step(b *testing.B, rule attn.Rule, isa string) {
	p := attn.Problem{Batch: 1, QHeads: 32, KVHeads: 8, QLen: 1, KVLen: 1 << 30, HeadDim: 128, ValueDim: 128, Mask: attn.Causal(), Rule: rule}
	if rule.Decay == attn.FixedDecay {
		p.LogDecay = attn.RetentionDecay(p.KVHeads)
	}
	s, err := linear.New().NewState(p, attn.Options{ISA: isa})
	if err != nil {
		b.Fatal(err)
	}
	p.KVLen = 1
	a, err := input.Args(p, "gaussian", 1)
	if err != nil {
		b.Fatal(err)
	}
	ws := make([]float32, s.Workspace())
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Extend(a, nil, ws); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(s.Bytes()), "state-bytes")
}
