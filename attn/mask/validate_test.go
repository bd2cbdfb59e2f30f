package mask

import (
	"strings"
	"testing"
)

func TestInconsistentMasksNameTheField(t *testing.T) {
	deep := Mask(Sinks{1})
	for range maxItems {
		deep = And(Or(deep, Global{1}), Causal())
	}
	for want, m := range map[string]Mask{
		"left": Window{-2, 0}, "right": Window{0, maxWindow + 1}, "sinks: tokens": Sinks{-1}, "global: tokens": Global{maxWindow + 1},
		"strided: stride": Strided{}, "fixed: block": Fixed{0, 0}, "fixed: summary": Fixed{4, 5}, "dilated: step": Dilated{1, 1, 0}, "dilated: left": Dilated{-1, 1, 1},
		"reach too far": Dilated{maxWindow, 0, 2}, "blocks: block": BlockWindow{}, "blocks: right": BlockWindow{1, 1, -1},
		"random: count": RandomBlocks{1, maxRandom + 1, 9, 0}, "random: block": RandomBlocks{0, 1, 9, 0}, "random: keys": RandomBlocks{1, 1, 0, 0}, "random: seed": RandomBlocks{1, 1, 1, -1},
		"document 1": NewDocuments(3, 0), "no lengths": NewDocuments(), "no function": Predicate("p", nil), "is nil": And(Causal(), nil), "combine": deep,
	} {
		for _, m := range []Mask{m, Or(Causal(), m), And(m, Full())} {
			if err := Validate(m, Shape{Batch: 1, QHeads: 1, QLen: 1, KVLen: 1}); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: the error is %v", want, err)
			}
		}
	}
}
