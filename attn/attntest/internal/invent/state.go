package invent

import (
	"attnbench/attn"
	"attnbench/attn/attntest/internal/kit"
)

// State invents a case of a State. A Shift of -1 means packed chunks.
func State(s Source) Case {
	var rule attn.Rule
	if x, others := s.Upto(255), Rules(); x%2 == 1 {
		rule = others[x/2%len(others)]
	}
	groups := 1 + s.Upto(2)
	p := kit.Problem(1+s.Upto(2), groups*(1+s.Upto(3)), groups, 1+s.Upto(39), 1+s.Upto(199), 1+s.Upto(39), 1+s.Upto(39))
	if p.Rule = rule; rule.Feature == attn.Taylor2 {
		p.HeadDim = 1 + p.HeadDim%16 // there are 1 + D + D² features
	}
	p.QLen = min(p.QLen, p.KVLen)
	settings := s.Upto(255)
	has := func(bit int) bool { return settings>>bit&1 == 1 }
	if has(2) {
		p.Scale = attn.ScaleOf(choose[float32](s, 0.2, 0, 1, 3, 40, -0.5))
	}
	if rule.Kind == attn.Softmax {
		modify(s, &p, func(bit int) bool { return bit != 6 && has(bit) }) // no Bias
		if p.Mask = causal(s, &p); p.ValidateState() != nil {
			p.Mask = attn.Causal() // a Keep may be in it, which is of one length
		}
	} else {
		c := Case{Case: kit.Case{P: p}}
		fold(s, &c, func(int) bool { return false })
		p = c.P
		p.Mask = attn.Causal()
	}
	return Case{Case: kit.Case{P: p, Profile: choose(s, profiles(rule)...)}, Workers: 1 + s.Upto(3), Shift: s.Upto(4) - 1}
}
