// Package invent makes up small Problems of every shape, mask, modifier and rule from the
// choices of a fuzzer.
package invent

import (
	"math"

	"attnbench/attn"
	"attnbench/attn/attntest/internal/kit"
	"attnbench/internal/input"
)

// Case is an invented Problem, the numbers it is tried on and how it is computed.
type Case struct {
	kit.Case
	Workers, Shift  int
	Cut             int // first row of the second of two Forwards; 0: one Forward
	LSE, Projection bool
}

// Rules are all rules but softmax.
func Rules() []attn.Rule {
	list := []attn.Rule{
		kit.LinearRule, {Kind: attn.Linear, Eps: 0.5}, {Kind: attn.Linear, Feature: attn.ReLU, Eps: 0.1},
		{Kind: attn.Linear, Feature: attn.Favor, Features: 20, Seed: 3}, {Kind: attn.Linear, Feature: attn.Taylor2},
	}
	for _, p := range kit.Recurrent(kit.Problem(1, 1, 1, 1, 1, 1, 1)) {
		list = append(list, p.Rule)
	}
	return list
}

// Forward invents a valid case. Every second one is softmax.
func Forward(s Source) Case {
	var rule attn.Rule
	if x, others := s.Upto(255), Rules(); x%2 == 1 {
		rule = others[x/2%len(others)]
	}
	groups := 1 + s.Upto(2)
	p := kit.Problem(1+s.Upto(2), groups*(1+s.Upto(3)), groups, 1+s.Upto(99), 1+s.Upto(255), 1+s.Upto(79), 1+s.Upto(79))
	if p.Rule = rule; rule.Feature == attn.Taylor2 {
		p.HeadDim = 1 + p.HeadDim%16 // there are 1 + D + D² features
	}
	self, settings := s.Upto(1) == 1, s.Upto(255)
	if self {
		p.KVLen = p.QLen
	}
	has := func(bit int) bool { return settings>>bit&1 == 1 }
	if has(0) {
		p.KVLens = each(p.Batch, func() int { return s.Upto(min(p.KVLen, 255)) })
	}
	if has(1) {
		far := choose(s, 1, 1, 1, 1<<23)
		if has(4) {
			far = 1 // the ALiBi of such distances is the same for all keys in single precision
		}
		p.QueryStart = each(p.Batch, func() int { return far * signed(s) })
	}
	if has(2) {
		p.Scale = attn.ScaleOf(choose[float32](s, 0.2, 0, 1, 3, 40, -0.5))
	}
	c := Case{Case: kit.Case{P: p}}
	switch rule.Kind {
	case attn.Softmax:
		modify(s, &c.P, has)
		c.P.Mask, c.LSE = combined(s, &c.P, 2), has(7)
	default:
		fold(s, &c, has)
	}
	c.Workers, c.Shift, c.Profile = 1+s.Upto(3), s.Upto(7), choose(s, profiles(rule)...)
	return c
}

// profiles are those that a rule is tried on. Large scores are a matter of softmax alone.
func profiles(rule attn.Rule) []string {
	if rule.Kind == attn.Softmax {
		return append(input.Profiles(), kit.Ramps()...)
	}
	return input.Profiles()
}

// modify sets the score modifiers, by the bits that are set.
func modify(s Source, p *attn.Problem, has func(bit int) bool) {
	if has(3) {
		p.Softcap = choose[float32](s, 1.5, 0.1, 30)
	}
	if has(4) {
		p.ALiBi = each(p.QHeads, func() float32 { return float32(signed(s)) / 64 })
	}
	if has(5) {
		p.SinkLogits = each(p.QHeads, func() float32 { return float32(signed(s)) / 4 })
	}
	if has(6) {
		p.Bias = attn.BiasShape{Batch: choose(s, 1, p.Batch), Heads: choose(s, 1, p.QHeads)}
	}
}

// fold sets what only rules with a state have.
func fold(s Source, c *Case, has func(bit int) bool) {
	p := &c.P
	p.Mask = choose(s, attn.Causal(), attn.Full())
	if x, ok := p.Scale.Explicit(); ok && p.Rule.Kind == attn.Linear {
		p.Scale = attn.ScaleOf(min(1, float32(math.Abs(float64(x))))) // features take the root of it, and then the exponential
	}
	if p.Rule.Decay == attn.FixedDecay {
		p.LogDecay = each(p.KVHeads, func() float32 { return -choose[float32](s, 0.03, 0, 1e-6, 0.5, 3, 100) })
	}
	c.Projection = has(3) && p.Rule.Feature == attn.Favor
	if has(4) && p.QLen > 1 && p.KVLen == p.QLen && p.KVLens == nil && p.QueryStart == nil && p.Mask == attn.Causal() {
		c.Cut = 1 + s.Upto(p.QLen-2)
	}
}
