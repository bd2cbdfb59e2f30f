package mask_test

import (
	"math"
	"strings"
	"testing"

	"attnbench/attn"
	"attnbench/attn/mask"
)

func TestInconsistentMasksNameTheField(t *testing.T) {
	const tooWide, tooMany = math.MaxInt32 + 1, 64 + 1
	deep := mask.Mask(mask.Sinks{Tokens: 1})
	for range tooMany {
		deep = mask.And(mask.Or(deep, mask.Global{Tokens: 1}), mask.Causal())
	}
	for want, m := range map[string]mask.Mask{
		"left": mask.Window{Left: -2}, "right": mask.Window{Right: tooWide}, "sinks: tokens": mask.Sinks{Tokens: -1}, "global: tokens": mask.Global{Tokens: tooWide},
		"strided: stride": mask.Strided{}, "fixed: block": mask.Fixed{}, "fixed: summary": mask.Fixed{Block: 4, Summary: 5},
		"dilated: step": mask.Dilated{Left: 1, Right: 1}, "dilated: left": mask.Dilated{Left: -1, Right: 1, Step: 1}, "reach too far": mask.Dilated{Left: math.MaxInt32, Step: 2},
		"blocks: block": mask.BlockWindow{}, "blocks: right": mask.BlockWindow{Block: 1, Left: 1, Right: -1},
		"random: count": mask.RandomBlocks{Block: 1, Count: tooMany, Keys: 9}, "random: block": mask.RandomBlocks{Count: 1, Keys: 9},
		"random: keys": mask.RandomBlocks{Block: 1, Count: 1}, "random: seed": mask.RandomBlocks{Block: 1, Count: 1, Keys: 1, Seed: -1},
		"document 1": mask.NewDocuments(3, 0), "no lengths": mask.NewDocuments(), "no function": mask.Predicate("p", nil), "is nil": mask.And(mask.Causal(), nil), "combine": deep,
	} {
		for _, m := range []mask.Mask{m, mask.Or(mask.Causal(), m), mask.And(m, mask.Full())} {
			p := attn.Problem{Batch: 1, QHeads: 1, KVHeads: 1, QLen: 1, KVLen: 1, HeadDim: 1, ValueDim: 1, Mask: m}
			if err := mask.Validate(m, p.Shape()); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: the error is %v", want, err)
			} else if of := p.Validate(); of == nil || of.Error() != "attn: Mask: "+err.Error() {
				t.Errorf("%s: the error of the Problem is %v", want, of)
			}
		}
	}
}
