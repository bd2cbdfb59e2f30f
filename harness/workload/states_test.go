package workload

import (
	"slices"
	"strings"
	"testing"

	"attnbench/attn"
	"attnbench/harness/internal/scripted"
	"attnbench/harness/point"
	"attnbench/harness/result"
)

func TestADecodePointIsWhole(t *testing.T) {
	for _, n := range []int{1, 2, 40} {
		p := visitedState(t, remembering{Variant: scripted.Variant{ID: "x"}}, result.WorkloadDecode, n)[0]
		cache := int64(4 * 2 * 2 * n * 12)
		switch {
		case p.Status != result.StatusOK, p.Message != "", len(p.SamplesNS) != samples:
			t.Errorf("%s: %s, %d samples", p.Status, p.Message, len(p.SamplesNS))
		case p.StateBytes != cache, p.ReadBytes != cache, p.WorkspaceBytes != 12:
			t.Errorf("state %d, read %d: want the cache of %d tokens, %d", p.StateBytes, p.ReadBytes, n, cache)
		case p.Agreement == nil, p.Agreement.Rows != 8, p.Agreement.Of != 8, !(p.Agreement.Worst <= 1):
			t.Errorf("agreement %+v", p.Agreement)
		}
	}
}

func TestAPrefillOfAStateIsWhole(t *testing.T) {
	list := visitedState(t, remembering{Variant: scripted.Variant{ID: "x"}}, result.WorkloadPrefill, 3, 520)
	for i, n := range []int{3, 520} {
		p := list[i]
		switch {
		case p.Status != result.StatusOK, len(p.SamplesNS) < 2, p.ReadBytes != 0:
			t.Errorf("%s: %s, %d samples", p.Status, p.Message, len(p.SamplesNS))
		case p.FLOPs != int64(2*4*24*n*(n+1)/2), p.StateBytes != int64(4*2*2*n*12), p.Agreement == nil:
			t.Errorf("%d FLOPs, state %d", p.FLOPs, p.StateBytes)
		}
	}
}

// Whatever is wrong, and whenever: no time.
func TestWrongStepsGetNoTime(t *testing.T) {
	for name, spoils := range map[string]func(a attn.Args, calls, len int) bool{
		"always":                 func(attn.Args, int, int) bool { return true },
		"on positive numbers":    func(a attn.Args, _, _ int) bool { return slices.Min(a.V.Data) >= 0 },
		"on peaky numbers":       func(a attn.Args, _, _ int) bool { return slices.Max(a.Q.Data) > 12 && a.K.Data[0] < 12 },
		"from the ninth call on": func(_ attn.Args, calls, _ int) bool { return calls > 8 },
		"with all 40 tokens":     func(_ attn.Args, _, n int) bool { return n == 40 },
	} {
		for _, phase := range point.Phases() {
			p := visitedState(t, remembering{Variant: scripted.Variant{ID: "x"}, spoils: spoils}, phase, 40)[0]
			if p.Status != result.StatusDisagree || p.SamplesNS != nil || p.Agreement == nil || !(p.Agreement.Worst > 1) {
				t.Errorf("%s, %s: %s %q, %+v", name, phase, p.Status, p.Message, p.Agreement)
			}
			if strings.HasPrefix(name, "on ") && !strings.Contains(p.Message, name) || name == "from the ninth call on" && !strings.Contains(p.Message, "on gaussian numbers, 40 tokens") {
				t.Errorf("%s, %s: %q", name, phase, p.Message)
			}
		}
	}
}

// Where the oracle of a rule cannot follow to the whole context, the record says how far
// it went, and what is wrong there gets no time.
func TestRecurrentRulesAreCheckedAtAShorterContext(t *testing.T) {
	defer func(work int) { recurrentWork = work }(recurrentWork)
	recurrentWork = 10 * 6 * 6
	rule, err := attn.ParseRule("retention")
	if err != nil {
		t.Fatal(err)
	}
	for _, phase := range point.Phases() {
		for wrong, want := range map[int]result.Status{0: result.StatusOK, 10: result.StatusDisagree} {
			v := remembering{Variant: scripted.Variant{ID: "x"}, spoils: func(_ attn.Args, _, n int) bool { return n == wrong }}
			axes := point.Axes{Variants: []attn.Variant{v}, Shapes: []attn.Problem{grouped(40)}, Rules: []attn.Rule{rule}, Workers: []int{1}, Input: "gaussian", Seed: 1}
			p := visitedPoints(t, v, axes.DecodePoints([]string{phase}, nil, nil))[0]
			if p.Status != want || p.Agreement == nil || p.Agreement.Context != 10 || (p.SamplesNS != nil) != (want == result.StatusOK) {
				t.Errorf("%s, wrong with %d tokens: %s %q, %+v", phase, wrong, p.Status, p.Message, p.Agreement)
			}
		}
	}
}

func TestLongFeaturesAreCheckedOnFewerKeys(t *testing.T) {
	for rule, want := range map[string]int{"softmax": 1 << 19, "linear:elu1": 1 << 19, "linear:favor:64:1": 1 << 14, "linear:taylor2": 1 << 20 / 257} {
		p := grouped(1 << 19)
		p.HeadDim = 256
		var err error
		if p.Rule, err = attn.ParseRule(rule); err != nil {
			t.Fatal(err)
		}
		if got := checkedLen(p); got < want*9/10 || got > want*11/10 {
			t.Errorf("%s of %d features: checked at %d tokens: want about %d", rule, p.Features(), got, want)
		}
	}
}

func TestAVariantWithoutStatesIsUnsupported(t *testing.T) {
	for _, phase := range point.Phases() {
		p := visitedState(t, scripted.Variant{ID: "x"}, phase, 16)[0]
		if p.Status != result.StatusUnsupported || !strings.Contains(p.Message, "keeps no state") || p.SamplesNS != nil {
			t.Errorf("%s: %s", p.Status, p.Message)
		}
	}
	full := point.Axes{Variants: []attn.Variant{remembering{Variant: scripted.Variant{ID: "x"}}}, Shapes: []attn.Problem{grouped(16)}, Masks: []attn.Mask{attn.Full()}, Workers: []int{1}, Input: "gaussian"}
	p := visitedPoints(t, full.Variants[0], full.DecodePoints([]string{result.WorkloadDecode}, nil, nil))[0]
	if p.Status != result.StatusUnsupported || !strings.Contains(p.Message, "later keys") {
		t.Errorf("a mask that is not causal: %s: %s", p.Status, p.Message)
	}
}

func TestAPanicOfAStateIsAFailedPoint(t *testing.T) {
	v := remembering{Variant: scripted.Variant{ID: "x"}, spoils: func(_ attn.Args, calls, n int) bool {
		if n == 32 {
			panic("boom")
		}
		return false
	}}
	list := visitedState(t, v, result.WorkloadDecode, 32, 33)
	if list[0].Status != result.StatusFailed || !strings.Contains(list[0].Message, "Extend panicked: boom") || list[1].Status != result.StatusOK {
		t.Errorf("%s: %s, then %s: %s", list[0].Status, list[0].Message, list[1].Status, list[1].Message)
	}
}

// One State serves all contexts, and what it has seen at a shorter one is right at a longer,
// whether it can drop a token or not.
func TestOneStateServesAllContextsOnTheWayUp(t *testing.T) {
	for _, bounded := range []bool{false, true} {
		made := 0
		v := remembering{Variant: scripted.Variant{ID: "x"}, bounded: bounded, made: &made}
		for i, p := range visitedState(t, v, result.WorkloadDecode, 20, 21, 60, 1200) {
			if p.Status != result.StatusOK || len(p.SamplesNS) != samples || p.Agreement.Heads != 8 {
				t.Errorf("context %d: %s: %s, %+v", i, p.Status, p.Message, p.Agreement)
			}
		}
		if made != 1 {
			t.Errorf("%d States were made", made)
		}
	}
}
