package attntest

import (
	"errors"
	"strings"

	"attnbench/attn"
	"attnbench/attn/mask"
)

// newStates asks for States of every kind of Problem.
func newStates(k *kit) {
	made := k.ran
	for _, c := range fewDecodings() {
		given := 0
		for _, isa := range k.isas() {
			if k.newState(c.testCase, attn.Options{ISA: isa}) != nil {
				given++
			}
		}
		if given != 0 && given != len(k.isas()) {
			k.fail("%v: %d of %d kernel sets have a State", c, given, len(k.isas()))
		}
		k.refused(c.testCase, attn.Options{ISA: "no such set"}, "kernel set", true)
		if given > 0 {
			k.refusedOfState(c)
		}
	}
	if k.ran == made {
		k.fail("no Problem has a State")
	}
	for field, p := range inconsistent() {
		k.refused(testCase{p, "gaussian"}, attn.Options{}, field, false)
	}
}

// refused notes where NewState takes c or refuses it by an error of the other kind.
// That the variant does not reach the Problem at all is as good a reason.
func (k *kit) refused(c testCase, o attn.Options, name string, unsupported bool) {
	k.guarded(c.String()+": NewState", func() {
		_, err := k.v.(attn.Decoder).NewState(c.p, o)
		switch {
		case err == nil:
			k.fail("%v: NewState took a wrong %s", c, name)
		case unsupported && !errors.Is(err, errors.ErrUnsupported):
			k.fail("%v: a %s that a State cannot have is not said to be unsupported: %v", c, name, err)
		case !unsupported && errors.Is(err, errors.ErrUnsupported):
			k.fail("%v: a wrong %s is said to be unsupported: %v", c, name, err)
		case !unsupported && !strings.Contains(err.Error(), name):
			k.fail("%v: a wrong %s is refused by an error that does not name it: %v", c, name, err)
		}
	})
}

// refusedOfState asks for what makes sense for a whole sequence only.
func (k *kit) refusedOfState(c decoding) {
	for _, wrong := range []struct {
		name        string
		unsupported bool
		set         func(p *attn.Problem)
	}{
		{"QueryStart", false, func(p *attn.Problem) { p.QueryStart = make([]int, p.Batch) }},
		{"KVLens", false, func(p *attn.Problem) { p.KVLens = make([]int, p.Batch) }},
		{"QLen", false, func(p *attn.Problem) { p.QLen = p.KVLen + 1 }},
		{"Mask", true, func(p *attn.Problem) { p.Mask = attn.Full() }},
		{"Mask", true, func(p *attn.Problem) { p.Mask = nil }},
	} {
		p := c.p
		wrong.set(&p)
		k.refused(testCase{p, c.profile}, attn.Options{}, wrong.name, wrong.unsupported)
	}
	if c.p.Rule.Kind == attn.Softmax {
		p := c.p
		p.Bias = attn.BiasShape{Batch: 1, Heads: 1}
		k.refused(testCase{p, c.profile}, attn.Options{}, "Bias", true)
		p = c.p
		p.Mask = mask.Or(p.Mask, mask.Sinks{Tokens: 2})
		k.refused(testCase{p, c.profile}, attn.Options{}, "Mask", true)
		p.Mask = selected(c.p, 8, 16)
		k.refused(testCase{p, c.profile}, attn.Options{}, "Mask", true)
	}
}
