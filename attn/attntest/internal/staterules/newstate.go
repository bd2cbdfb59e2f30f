package staterules

import (
	"errors"
	"maps"
	"slices"
	"strings"

	"attnbench/attn"
	"attnbench/attn/attntest/internal/kit"
	"attnbench/attn/mask"
)

// newStates asks for States of every kind of Problem.
func newStates(k *kit.Kit) {
	made := k.Ran
	for _, c := range kit.Each(k, fewDecodings()) {
		given := 0
		for _, isa := range k.ISAs() {
			if k.NewState(c.Case, attn.Options{ISA: isa}) != nil {
				given++
			}
		}
		if given != 0 && given != len(k.ISAs()) {
			k.Fail("%v: %d of %d kernel sets have a State", c, given, len(k.ISAs()))
		}
		refused(k, c.Case, attn.Options{ISA: "no such set"}, "kernel set", true)
		if given > 0 {
			refusedOfState(k, c)
		}
	}
	if k.Ran == made {
		k.Fail("no Problem has a State")
	}
	wrong := kit.Inconsistent()
	for _, field := range kit.Each(k, slices.Sorted(maps.Keys(wrong))) {
		refused(k, kit.Gaussian(wrong[field]), attn.Options{}, field, false)
	}
}

// refused notes where NewState takes c, or refuses it by an error of the other kind.
func refused(k *kit.Kit, c kit.Case, o attn.Options, name string, unsupported bool) {
	k.Guarded(c.String()+": NewState", func() {
		_, err := k.Variant.(attn.Decoder).NewState(c.P, o)
		switch {
		case err == nil:
			k.Fail("%v: NewState took a wrong %s", c, name)
		case unsupported && !errors.Is(err, errors.ErrUnsupported):
			k.Fail("%v: a %s that a State cannot have is not said to be unsupported: %v", c, name, err)
		case !unsupported && errors.Is(err, errors.ErrUnsupported):
			k.Fail("%v: a wrong %s is said to be unsupported: %v", c, name, err)
		case !unsupported && !strings.Contains(err.Error(), name):
			k.Fail("%v: a wrong %s is refused by an error that does not name it: %v", c, name, err)
		}
	})
}

// refusedOfState asks for States of what only a whole sequence may have.
func refusedOfState(k *kit.Kit, c decoding) {
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
		p := c.P
		wrong.set(&p)
		refused(k, c.With(p), attn.Options{}, wrong.name, wrong.unsupported)
	}
	if c.P.Rule.Kind == attn.Softmax {
		p := c.P
		p.Bias = attn.BiasShape{Batch: 1, Heads: 1}
		refused(k, c.With(p), attn.Options{}, "Bias", true)
		p = c.P
		p.Mask = mask.Or(p.Mask, mask.Sinks{Tokens: 2})
		refused(k, c.With(p), attn.Options{}, "Mask", true)
		p.Mask = kit.SomeBlocks(c.P, 8, 16)
		refused(k, c.With(p), attn.Options{}, "Mask", true)
	}
}
