package invent

import (
	"slices"

	"attnbench/attn"
	"attnbench/attn/attntest/internal/kit"
)

// A choice of one byte, as Forward and State make them.
const (
	chooseSoftmax = 0
	chooseNothing = 0 // no modifier; the default scale
	chooseFull    = 0
	chooseCausal  = 1
	// Of a call of a State.
	chooseExtend = 0
	chooseStep   = 4
)

// RampSeeds are the bytes of which [Forward] makes softmax at the default scale with large
// scores, once for each profile of [kit.Ramps] and each of the masks full and causal. No
// variant can refuse them all, and none of them goes well without the maximum subtracted.
func RampSeeds() [][]byte {
	var list [][]byte
	for i, ramp := range rampChoices() {
		queries, keys, dim := byte(64), byte(128), byte(63)
		if i%2 == 0 {
			queries, keys, dim = 64, 64, 15
		}
		for _, mask := range []byte{chooseFull, chooseCausal} {
			list = append(list, []byte{chooseSoftmax, 0, 0, 0, queries, keys, dim, dim, 0, chooseNothing, mask, 0, 0, ramp})
		}
	}
	return list
}

// RampStateSeeds are RampSeeds for [State]: an Extend of 32 tokens, one of 31 and two steps.
func RampStateSeeds() [][]byte {
	var list [][]byte
	for _, ramp := range rampChoices() {
		list = append(list, []byte{
			chooseSoftmax, 0, 0, 0, 31, 79, 15, 15, chooseNothing, 0, ramp, 0, 0,
			0, chooseExtend, 32, 0, chooseExtend, 31, 0, chooseStep, 1, 0, chooseStep, 1,
		})
	}
	return list
}

func rampChoices() []byte {
	var list []byte
	names := profiles(attn.Rule{})
	for _, ramp := range kit.Ramps() {
		list = append(list, byte(slices.Index(names, ramp)))
	}
	return list
}
