package kit

import (
	"fmt"

	"attnbench/attn"
	"attnbench/attn/mask"
)

// Case is a Problem and the numbers it is tried on.
type Case struct {
	P       attn.Problem
	Profile string // of input.Profiles
	Why     string // what is hard about it; may be empty
}

func (c Case) String() string {
	if c.Why != "" {
		return fmt.Sprintf("[%s: %v, %s]", c.Why, c.P, c.Profile)
	}
	return fmt.Sprintf("[%v, %s]", c.P, c.Profile)
}

// Gaussian returns the case of p on Gaussian numbers.
func Gaussian(p attn.Problem) Case { return Case{P: p, Profile: "gaussian"} }

// With returns the case of another Problem with the profile of c.
func (c Case) With(p attn.Problem) Case { return Case{P: p, Profile: c.Profile} }

// Problem returns a Problem of these sizes.
func Problem(b, hq, hkv, nq, nk, d, dv int) attn.Problem {
	return attn.Problem{Batch: b, QHeads: hq, KVHeads: hkv, QLen: nq, KVLen: nk, HeadDim: d, ValueDim: dv}
}

// LinearRule is linear attention with elu+1.
var LinearRule = attn.Rule{Kind: attn.Linear}

// Recurrent returns p under every recurrent rule.
func Recurrent(p attn.Problem) []attn.Problem {
	var list []attn.Problem
	for _, text := range attn.RuleTexts() {
		rule, err := attn.ParseRule(text)
		if err != nil || rule.Kind != attn.Recurrent {
			continue
		}
		q := p
		if q.Rule = rule; rule.Decay == attn.FixedDecay {
			q.LogDecay = attn.RetentionDecay(p.KVHeads)
		}
		list = append(list, q)
	}
	return list
}

// Linears returns p under every feature map.
func Linears(p attn.Problem) []attn.Problem {
	var list []attn.Problem
	for _, text := range []string{"linear:elu1", "linear:relu:0.1", "linear:favor:20:3", "linear:taylor2"} {
		rule, err := attn.ParseRule(text)
		if err != nil {
			panic(err)
		}
		p.Rule, p.Scale = rule, attn.ScaleOf(0.2)
		list = append(list, p)
	}
	return list
}

// SomeBlocks returns p's mask And a selection that keeps about a third of the blocks.
func SomeBlocks(p attn.Problem, blockQ, blockK int) attn.Mask {
	s, err := mask.NewSelection(p.Shape(), blockQ, blockK)
	if err != nil {
		panic(err)
	}
	for b := range p.Batch {
		for h := range p.QHeads {
			for i := range (p.QLen + blockQ - 1) / blockQ {
				for j := range (p.KVLen + blockK - 1) / blockK {
					if (5*b+3*h+7*i+j*j)%3 == 0 {
						s.Kept(b, h, i)[j/64] |= 1 << (j % 64)
					}
				}
			}
		}
	}
	return mask.And(s, p.VisibilityMask())
}
