package cheats

import (
	"context"
	"strings"
	"testing"
	"time"

	"attnbench/attn"
	"attnbench/attn/attntest"
	sweeps "attnbench/harness/plan"
	"attnbench/harness/point"
	"attnbench/harness/result"
	"attnbench/harness/visit"
)

// table is every cheat, with the rule of the kit and the words of the check that refuse it;
// "" where that one cannot see it. The check looks at point, or at few heads of 512 tokens.
var table = []struct {
	variant     attn.Variant
	name        string
	rule, check string
	point       attn.Problem
}{
	{variant: &cheat{make: returnsStale}, name: "stale output returned", rule: "calls", check: "batch 0 head"},
	{variant: &cheat{make: wrongOnce}, name: "wrong on the fifth and the sixth call alone", rule: "calls", check: "is not bit for bit"},
	{variant: &cheat{make: trustsWorkspace, extra: maxStored}, name: "stale workspace trusted", rule: "calls", check: "on positive numbers"},
	{variant: &cheat{make: needsNaN}, name: "returns at once where Out holds no NaN", rule: "output", check: "in sample"},
	{variant: &cheat{make: cachesBy(address)}, name: "caches by the addresses of its inputs", rule: "calls", check: "batch 0 head"},
	{variant: &cheat{make: cachesBy(content)}, name: "caches by content", rule: "calls", check: "head"},
	{variant: &cheat{make: after(halfOfTheRows)}, name: "half of the rows computed", rule: "lse", check: "head"},
	{variant: &cheat{make: windowForFull}, name: "window for full", rule: "agreement", check: "head"},
	{variant: &cheat{make: halfPrecision}, name: "float16 inside", rule: "window-full", check: "head"},
	{variant: &cheat{make: changesInputs}, name: "inputs changed", rule: "inputs", check: "changed its input Q"},
	{variant: &cheat{make: after(constant)}, name: "constant output", rule: "lse", check: "head"},
	{variant: &cheat{make: after(lastHeadOfMany)}, name: "one head wrong, the last of many", rule: "heads", check: "head 127", point: heads(128, 64)},
	{variant: &cheat{make: after(lastTileAt4096)}, name: "last tile wrong at n = 4096 alone", check: "head 0 row 4", point: heads(1, 4096)},
	{variant: &cheat{make: byWorker}, name: "result depends on the worker", rule: "pool"},
	{variant: &unshifted{cheat{make: neverSubtracts}}, name: "softmax without the maximum, and no explicit scale", rule: "large-scores", check: "on shifted numbers"},
	{variant: &frugal{cheat{make: honestly}}, name: "half of the FLOPs counted", rule: "flops"},
	{variant: &cheat{make: hoards}, name: "scratch beside the workspace", rule: "memory"},
}

func heads(n, tokens int) attn.Problem {
	return attn.Problem{Batch: 1, QHeads: n, KVHeads: n, QLen: tokens, KVLen: tokens, HeadDim: 16, ValueDim: 16, Mask: attn.Full()}
}

func TestCheatsAreRefused(t *testing.T) {
	for _, c := range table {
		t.Run(c.name, func(t *testing.T) {
			if c.rule == "" && c.check == "" {
				t.Error("nothing refuses it")
			}
			if c.rule != "" {
				byTheKit(t, c.variant, c.rule)
			}
			if c.check != "" {
				if c.point.QLen == 0 {
					c.point = heads(4, 512)
				}
				byTheCheck(t, c.variant, c.point, "", c.check)
			}
		})
	}
}

// byTheCheck wants the sweep to give v no time, and to say why by these words.
func byTheCheck(t *testing.T, v attn.Variant, p attn.Problem, phase, words string) {
	t.Helper()
	r := swept(t, v, p, phase)
	if r.Status == result.StatusOK || r.MedianNS != 0 || !strings.Contains(r.Message, words) {
		t.Errorf("the check says %s, %q, and the median is %d: want words with %q and no time", r.Status, r.Message, r.MedianNS, words)
	}
	t.Logf("the check: %s", r.Message)
}

// byTheKit wants the rule to refuse v.
func byTheKit(t *testing.T, v attn.Variant, rule string) {
	t.Helper()
	for _, r := range attntest.Check(v, rule)[:1] {
		if r.Rule != rule || len(r.Violations) == 0 {
			t.Errorf("the kit tried %s on %d cases and refuses none", r.Rule, r.Ran)
			return
		}
		t.Logf("the rule %s: %s", rule, r.Violations[0])
	}
}

// What the table says of a cheat is worth something where the same variant without the cheat
// is not refused.
func TestTheHonestVariantIsNotRefused(t *testing.T) {
	honest := &cheat{make: honestly}
	rules := map[string]bool{}
	for _, c := range table {
		if c.rule != "" && !rules[c.rule] {
			rules[c.rule] = true
			for _, violation := range attntest.Check(honest, c.rule)[0].Violations {
				t.Errorf("%s: %s", c.rule, violation)
			}
		}
		if c.point.QLen == 0 {
			continue
		}
		if r := swept(t, honest, c.point, ""); r.Status != result.StatusOK {
			t.Errorf("%v: %s: %s", c.point, r.Status, r.Message)
		}
	}
	if r := swept(t, &decodeCheat{cheat: *honest}, decoding(), result.PhaseDecode); r.Status != result.StatusOK || r.MedianNS == 0 {
		t.Errorf("%s: %s", r.Status, r.Message)
	}
	if r := swept(t, honest, heads(4, 512), ""); r.Status != result.StatusOK || r.MedianNS == 0 {
		t.Errorf("%s: %s", r.Status, r.Message)
	}
}

// swept is the record of one point of a sweep, of a Forward where phase is empty.
func swept(t *testing.T, v attn.Variant, p attn.Problem, phase string) (record result.Point) {
	t.Helper()
	axes := point.Axes{Variants: []attn.Variant{v}, Shapes: []attn.Problem{p}, Masks: []attn.Mask{p.Mask}, Workers: []int{1}, Input: "gaussian", Seed: 1}
	points := axes.Points()
	if phase != "" {
		points = axes.DecodePoints([]string{phase}, nil, nil)
	}
	s := sweeps.Sweep{
		Points: points, Variants: axes.Variants, Executor: visit.Here{Env: visit.Env{Variants: axes.Variants}},
		Budget: sweeps.Budget{Time: time.Hour, Memory: 1 << 30, Visits: 1, Rows: 16, Samples: visit.Samples{Min: 5, Want: 7, Max: 9}},
		Record: func(p result.Point) error { record = p; return nil },
	}
	if err := s.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	return record
}
