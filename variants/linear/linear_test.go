package linear_test

import (
	"errors"
	"strings"
	"testing"

	"attnbench/attn"
	"attnbench/attn/attntest"
	"attnbench/attn/mask"
	"attnbench/variants/linear"
)

func TestConformance(t *testing.T) { attntest.Run(t, linear.New()) }

func FuzzForward(f *testing.F) { attntest.Fuzz(f, linear.New()) }

func FuzzChunked(f *testing.F) { attntest.Fuzz(f, linear.NewChunked()) }

func FuzzRecurrent(f *testing.F) { attntest.Fuzz(f, linear.NewRecurrent()) }

func FuzzState(f *testing.F) { attntest.FuzzState(f, linear.New()) }

func TestConformanceChunked(t *testing.T) {
	if testing.Short() {
		t.Skip("under the race detector one form of the three takes long enough")
	}
	attntest.Run(t, linear.NewChunked())
}

func TestConformanceRecurrent(t *testing.T) {
	if testing.Short() {
		t.Skip("under the race detector one form of the three takes long enough")
	}
	attntest.Run(t, linear.NewRecurrent())
}

// A state holds all keys or those up to the query, nothing in between.
func TestMasksThatDoNotFoldAreUnsupported(t *testing.T) {
	for _, m := range []attn.Mask{
		attn.Window{Left: 3, Right: 0}, mask.Sinks{Tokens: 2}, mask.Global{Tokens: 2}, mask.Strided{Stride: 3}, mask.Fixed{Block: 4, Summary: 1},
		mask.Dilated{Left: 3, Step: 2}, mask.BigBird(4, 1, 1, 1, 1, 16, 1), mask.NewDocuments(8, 8), mask.StreamingLLM(2, 4),
		mask.And(attn.Causal(), mask.NewDocuments(8, 8)), mask.Predicate("none", func(_, _, _, _ int) bool { return false }),
	} {
		p := attn.Problem{Batch: 1, QHeads: 1, KVHeads: 1, QLen: 16, KVLen: 16, HeadDim: 4, ValueDim: 4, Mask: m, Rule: attn.Rule{Kind: attn.Linear}}
		for _, v := range []attn.Variant{linear.New(), linear.NewChunked(), linear.NewRecurrent()} {
			if _, err := v.Plan(p, attn.Options{}); !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), "Mask "+m.String()) {
				t.Errorf("%s: %v: the error is %v", v.Name(), m, err)
			}
		}
	}
}
