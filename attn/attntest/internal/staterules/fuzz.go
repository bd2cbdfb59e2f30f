package staterules

import (
	"math/rand/v2"

	"attnbench/attn"
	"attnbench/attn/attntest/internal/invent"
	"attnbench/attn/attntest/internal/kit"
)

// Seeds are random bytes behind each choice of rule, of which softmax has every
// second one.
func Seeds() [][]byte {
	rng := rand.New(rand.NewPCG(kit.Seed, 3))
	var list [][]byte
	for rule := range 4 * len(invent.Rules()) {
		data := []byte{byte(rule)}
		for range 127 {
			data = append(data, byte(rng.IntN(256)))
		}
		list = append(list, data)
	}
	return list
}

// maxCalls bounds a history.
const maxCalls = 40

// TryHistory makes a State of a small Problem on every kernel set and calls it, both as
// data says. A variant that is no Decoder is left alone.
func TryHistory(k *kit.Kit, data []byte) {
	if _, ok := k.Variant.(attn.Decoder); !ok {
		return
	}
	s := &invent.Source{Rest: data}
	c, workers, shift := invent.State(s)
	if err := c.P.ValidateState(); err != nil {
		k.Fail("%v: the fuzzer made a Problem that has no State: %v", c, err)
		return
	}
	calls := s.Rest
	for _, isa := range k.ISAs() {
		h := newHistory(k, c, attn.Options{ISA: isa, Workers: workers})
		if h == nil {
			return
		}
		h.shift = shift
		s.Rest = calls
		for range maxCalls {
			if !h.step(s) || len(s.Rest) == 0 {
				break
			}
		}
	}
}
