package staterules

import (
	"math/rand/v2"

	"pgregory.net/rapid"

	"attnbench/attn"
	"attnbench/attn/attntest/internal/invent"
	"attnbench/attn/attntest/internal/kit"
)

// Seeds are where the native fuzzer starts: large scores, and random bytes after each choice
// of rule, of which every second one is softmax.
func Seeds() [][]byte {
	rng := rand.New(rand.NewPCG(kit.Seed, 3))
	list := invent.RampStateSeeds()
	for rule := range 4 * len(invent.Rules()) {
		data := []byte{byte(rule)}
		for range 127 {
			data = append(data, byte(rng.IntN(256)))
		}
		list = append(list, data)
	}
	return list
}

// maxCalls is the number of calls of a history at most.
const maxCalls = 40

// TryHistory makes a State of a small Problem on every kernel set and calls it, both as
// data says.
func TryHistory(k *kit.Kit, data []byte) {
	s := &invent.Bytes{Rest: data}
	c, ok := inventState(k, s)
	if !ok {
		return
	}
	calls := s.Rest
	for _, isa := range k.ISAs() {
		h := newHistory(k, c, isa)
		if h == nil {
			return
		}
		s.Rest = calls
		for range maxCalls {
			if !h.step(s) || len(s.Rest) == 0 {
				break
			}
		}
	}
}

// DrawHistory makes a State of a small Problem on one kernel set and calls it, all as rapid
// draws them.
func DrawHistory(k *kit.Kit, t *rapid.T) {
	s := invent.Drawn{T: t}
	c, ok := inventState(k, s)
	if !ok {
		return
	}
	h := newHistory(k, c, rapid.SampledFrom(k.ISAs()).Draw(t, "kernel set"))
	if h == nil {
		return
	}
	over := false
	t.Repeat(map[string]func(*rapid.T){"call": func(t *rapid.T) { over = over || !h.step(s) }})
}

// inventState invents a case of a State; false where the variant is no Decoder.
func inventState(k *kit.Kit, s invent.Source) (c invent.Case, ok bool) {
	if _, ok := k.Variant.(attn.Decoder); !ok {
		return c, false
	}
	c = invent.State(s)
	if err := c.P.ValidateState(); err != nil {
		k.Fail("%v: the fuzzer made a Problem that has no State: %v", c, err)
		return c, false
	}
	return c, true
}
