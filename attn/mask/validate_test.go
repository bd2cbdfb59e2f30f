package mask_test

import (
	"errors"
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
		"document 1": mask.NewDocuments(3, 0), "no lengths": mask.NewDocuments(), "no function": mask.Predicate("p", nil), "combine": deep,
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

// A mask that is nil, or a nil pointer, is an error and never a panic, wherever it hides.
func TestNilMasksAreErrors(t *testing.T) {
	for want, nothing := range map[string]mask.Mask{
		"nil": nil, "*mask.Documents": (*mask.Documents)(nil), "*mask.Keep": (*mask.Keep)(nil), "*mask.Selection": (*mask.Selection)(nil),
		"*mask.Window": (*mask.Window)(nil), "*mask.Dilated": (*mask.Dilated)(nil), "mask_test.byFunction": byFunction(nil),
	} {
		for text, m := range map[string]mask.Mask{
			"alone": nothing, "And": mask.And(nothing), "Or": mask.Or(nothing), "first": mask.And(nothing, mask.Causal()),
			"last": mask.Or(mask.Causal(), mask.Full(), nothing), "both": mask.And(nothing, nothing),
			"within": mask.Or(mask.And(mask.Or(mask.Causal(), nothing), mask.Full()), mask.Sinks{Tokens: 1}),
		} {
			p := attn.Problem{Batch: 1, QHeads: 1, KVHeads: 1, QLen: 1, KVLen: 1, HeadDim: 1, ValueDim: 1, Mask: m}
			if err := mask.Validate(m, p.Shape()); err == nil || !strings.Contains(err.Error(), "a mask is ") || !strings.Contains(err.Error(), want) {
				t.Errorf("%s %s: the error is %v", want, text, err)
			}
			if m == nil { // the full mask, for a Problem
				continue
			}
			if err := p.Validate(); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s %s: the error of the Problem is %v", want, text, err)
			}
			if err := p.ValidateState(); err == nil || errors.Is(err, errors.ErrUnsupported) {
				t.Errorf("%s %s: the error of a State is %v", want, text, err)
			}
			_ = p.String()
		}
	}
}

// byFunction is a mask whose type is a function.
type byFunction func(q, k int) bool

func (m byFunction) Visible(_, _, q, k int) bool { return m(q, k) }
func (m byFunction) Bits(_, _, _, _ int) uint64  { panic("nil") }
func (m byFunction) Varies() (batch, head bool)  { return false, false }
func (m byFunction) String() string              { return "by function" }
func (m byFunction) Spans(_ []mask.Span, _, _, _, _, _ int) []mask.Span {
	panic("nil")
}

// The sum of the lengths may overflow, and come back to a small number.
func TestDocumentLengthsThatOverflowAreErrors(t *testing.T) {
	for _, lengths := range [][]int{
		{1, math.MaxInt}, {1, math.MaxInt, math.MaxInt, 2}, {1, math.MaxInt, math.MaxInt, 4, 1}, {math.MaxInt, math.MaxInt, 3}, {1, math.MinInt, math.MinInt, 1},
		{math.MaxInt32, 1}, {5, -3, 4},
	} {
		m := mask.NewDocuments(lengths...)
		if err := mask.Validate(m, mask.Shape{Batch: 1, QHeads: 1, QLen: 2, KVLen: 2}); err == nil || !strings.Contains(err.Error(), "document ") {
			t.Errorf("%v: the error is %v", lengths, err)
		}
	}
}
