package cheats

import (
	"testing"

	"attnbench/attn"
	"attnbench/attn/mask"
	"attnbench/harness/result"
	"attnbench/variants/flash"
)

// decodeCheat is a flash decoder whose Extend is that of make.
type decodeCheat struct {
	cheat
	problem func(p attn.Problem) attn.Problem // whose State it makes; nil: the given
	make    func(s attn.State) func(a attn.Args, n []int, ws []float32) error
	bytes   func(bytes int64) int64
}

func (v *decodeCheat) NewState(p attn.Problem, o attn.Options) (attn.State, error) {
	if err := p.ValidateState(); err != nil {
		return nil, err
	}
	if v.problem != nil {
		p = v.problem(p)
	}
	honest, err := flash.New().(attn.Decoder).NewState(p, o)
	if err != nil {
		return nil, err
	}
	s := &state{State: honest, extend: honest.Extend, bytes: v.bytes}
	if v.make != nil {
		s.extend = v.make(honest)
	}
	return s, nil
}

type state struct {
	attn.State
	extend func(a attn.Args, n []int, ws []float32) error
	bytes  func(bytes int64) int64
}

func (s *state) Extend(a attn.Args, n []int, ws []float32) error { return s.extend(a, n, ws) }

func (s *state) Bytes() int64 {
	if s.bytes != nil {
		return s.bytes(s.State.Bytes())
	}
	return s.State.Bytes()
}

// forgetsEarly keeps the last 64 tokens where it is to keep all.
func forgetsEarly(p attn.Problem) attn.Problem {
	if p.VisibilityMask() == attn.Causal() && p.Rule == (attn.Rule{}) {
		p.Mask = mask.Window{Left: 64}
	}
	return p
}

// everySecondStep takes a step and returns the output of the step before.
func everySecondStep(s attn.State) func(a attn.Args, n []int, ws []float32) error {
	steps, before := 0, []float32(nil)
	return func(a attn.Args, n []int, ws []float32) error {
		steps++
		if n == nil && a.K.Shape[2] == 1 && steps%2 == 0 && before != nil {
			if err := s.Append(attn.Args{K: a.K, V: a.V, Decay: a.Decay, Beta: a.Beta}, n); err != nil {
				return err
			}
			restore(a.Out, before)
			return nil
		}
		err := s.Extend(a, n, ws)
		if before = nil; err == nil && n == nil && a.K.Shape[2] == 1 {
			before = saved(a.Out)
		}
		return err
	}
}

// decodeTable is every cheat of States, as table is of Plans.
var decodeTable = []struct {
	variant     *decodeCheat
	name        string
	rule, check string
}{
	{variant: &decodeCheat{problem: forgetsEarly}, name: "window for all tokens", rule: "extend", check: "batch 0"},
	{variant: &decodeCheat{make: everySecondStep}, name: "every second step computed", rule: "extend", check: "batch 0"},
	{variant: &decodeCheat{bytes: func(bytes int64) int64 { return bytes / 2 }}, name: "half of the bytes counted", rule: "length-bytes"},
}

// decoding is what the check looks at.
func decoding() attn.Problem {
	p := heads(4, 300)
	p.Mask = attn.Causal()
	return p
}

func TestCheatsOfStatesAreRefused(t *testing.T) {
	for _, c := range decodeTable {
		t.Run(c.name, func(t *testing.T) {
			c.variant.cheat.make = honestly
			byTheKit(t, c.variant, c.rule)
			if c.check != "" {
				byTheCheck(t, c.variant, decoding(), result.PhaseDecode, c.check)
			}
		})
	}
}
