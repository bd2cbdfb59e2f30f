package workload

import (
	"math"
	"slices"
	"testing"

	"attnbench/attn"
	"attnbench/harness/internal/scripted"
	"attnbench/harness/point"
	"attnbench/harness/result"
)

// spoilt is a decoder that is honest but for one thing that its Extends do.
func spoilt(extend func(honest func() error, a attn.Args, ws []float32, tokens int) error) remembering {
	return remembering{Variant: scripted.Variant{ID: "x"}, extend: extend}
}

func TestCheatsOfStatesGetNoTime(t *testing.T) {
	for name, make := range map[string]func() remembering{
		"looks for NaN": func() remembering {
			return spoilt(func(honest func() error, a attn.Args, _ []float32, _ int) error {
				before := slices.Clone(a.Out.Data)
				err := honest()
				if !slices.ContainsFunc(before, func(x float32) bool { return x != x }) {
					copy(a.Out.Data, before)
				}
				return err
			})
		},
		"keeps the result of a context": func() remembering {
			kept := map[[2]int][]float32{}
			return spoilt(func(honest func() error, a attn.Args, _ []float32, n int) error {
				err := honest()
				// Not of the checks on hard numbers, which it knows by their size.
				if key := [2]int{n, a.K.Shape[2]}; slices.Max(a.Q.Data) < 8 && slices.Min(a.V.Data) < 0 {
					if kept[key] == nil {
						kept[key] = slices.Clone(a.Out.Data)
					}
					copy(a.Out.Data, kept[key])
				}
				return err
			})
		},
		"trusts its workspace": func() remembering {
			written := false
			return spoilt(func(honest func() error, a attn.Args, ws []float32, _ int) error {
				if !written {
					ws[0], written = 1, true
				}
				err := honest()
				a.Out.Data[0] *= ws[0]
				return err
			})
		},
		"is wrong late, in the last bit": func() remembering {
			calls := 0
			return spoilt(func(honest func() error, a attn.Args, _ []float32, n int) error {
				err := honest()
				if n == 40 {
					if calls++; calls >= 50 {
						a.Out.Data[3] = math.Nextafter32(a.Out.Data[3], 9)
					}
				}
				return err
			})
		},
		"has a wrong last head": func() remembering {
			return spoilt(func(honest func() error, a attn.Args, _ []float32, n int) error {
				err := honest()
				for i := range a.Out.Shape[2] {
					a.Out.Row(1, 3, i)[0] += 0.01
				}
				return err
			})
		},
	} {
		for _, phase := range point.Phases() {
			if name == "is wrong late, in the last bit" && phase == result.WorkloadPrefill {
				continue // which takes fewer passes
			}
			p := visitedState(t, make(), phase, 40)[0]
			if p.Status != result.StatusDisagree || p.SamplesNS != nil || p.Message == "" {
				t.Errorf("%s, %s: %s %q, %+v", name, phase, p.Status, p.Message, p.Agreement)
			}
		}
	}
}

func TestAnExtendThatChangesItsInputsIsNamed(t *testing.T) {
	changes := spoilt(func(honest func() error, a attn.Args, _ []float32, _ int) error {
		err := honest()
		a.V.Data[0]++
		return err
	})
	for _, phase := range point.Phases() {
		refused(t, visitedState(t, changes, phase, 40)[0], result.StatusFailed, "changed its input V")
	}
}

// The record says how many heads and samples were looked at, and where the oracle cannot
// follow all heads to the end of the context, how many it followed.
func TestStatesSayWhatWasLookedAt(t *testing.T) {
	for _, phase := range point.Phases() {
		p := visitedState(t, remembering{Variant: scripted.Variant{ID: "x"}}, phase, 40)[0]
		if a := p.Agreement; a.Heads != 8 || a.HeadsAtEnd != 0 || a.Samples != len(p.SamplesNS) {
			t.Errorf("%s: %+v of %d samples", phase, a, len(p.SamplesNS))
		}
	}
	p := attn.Problem{Batch: 1, QHeads: 32, KVHeads: 8, KVLen: 512 << 10, QLen: 1, HeadDim: 128, ValueDim: 128, Mask: attn.Causal()}
	var err error
	for text, want := range map[string][3]int{"softmax": {1, 16 << 10, 32}, "linear:elu1": {1, 16 << 10, 32}, "linear:favor:256:1": {1, 170, 32}, "gated-delta:head": {1, 512, 32}} {
		if p.Rule, err = attn.ParseRule(text); err != nil {
			t.Fatal(err)
		}
		at, hard := checkedLen(p), hardChecked(p, maxHardLen)
		if got := [3]int{headsChecked(p, at, maxPairsChecked), hard, headsChecked(p, hard, maxHardPairs)}; got != want {
			t.Errorf("%s: %d heads at the end, %d tokens of hard numbers with %d heads: want %v", text, got[0], got[1], got[2], want)
		}
	}
}
