package workload

import (
	"context"
	"testing"

	"attnbench/attn"
	"attnbench/harness/internal/scripted"
	"attnbench/harness/point"
	"attnbench/harness/result"
)

// light is a visit after the full check.
func light(t *testing.T, v attn.Variant, phase string, n int) result.Visit {
	t.Helper()
	axes := point.Axes{Variants: []attn.Variant{v}, Shapes: []attn.Problem{grouped(n)}, Workers: []int{1}, Input: "gaussian", Seed: 1}
	return run(t, Setup{Points: axes.DecodePoints([]string{phase}, nil, nil), Variant: v, Rows: 16}, 3)[0]
}

// A visit after the full check refuses what is wrong in its first sample.
func TestALightVisitRefusesAWrongState(t *testing.T) {
	for _, phase := range point.Phases() {
		for wrong, want := range map[int]result.Status{0: result.StatusOK, 520: result.StatusDisagree} {
			v := remembering{Variant: scripted.Variant{ID: "x"}, spoils: func(_ attn.Args, _, n int) bool { return n == wrong }}
			if p := light(t, v, phase, 520); p.Status != want || p.Agreement == nil || p.Agreement.Rows == 0 {
				t.Errorf("%s, wrong with %d tokens: %s %q, %+v", phase, wrong, p.Status, p.Message, p.Agreement)
			}
		}
	}
}

// Before its first sample a light prefill makes one Extend, of the last chunk: a long sequence
// would cost more than its samples.
func TestALightPrefillWarmsUpWithItsLastChunk(t *testing.T) {
	var ends []int
	v := remembering{Variant: scripted.Variant{ID: "x"}, spoils: func(_ attn.Args, _, n int) bool {
		ends = append(ends, n)
		return false
	}}
	axes := point.Axes{Variants: []attn.Variant{v}, Shapes: []attn.Problem{grouped(1030)}, Workers: []int{1}, Input: "gaussian", Seed: 1}
	w, err := New(Setup{Points: axes.DecodePoints([]string{result.WorkloadPrefill}, nil, nil), Variant: v, Rows: 16})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	if err := w.Prepare(ctx); err != nil {
		t.Fatal(err)
	}
	if err := w.Move(ctx, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Warm(ctx); err != nil {
		t.Fatal(err)
	}
	if err := w.Check(ctx); err != nil {
		t.Fatal(err)
	}
	if len(ends) != 1 || ends[0] != 1030 {
		t.Errorf("Extends up to %v tokens: want 1030 alone", ends)
	}
}

// A visit whose context the oracle does not look at says so: the bits of its samples were
// compared with each other alone.
func TestALightVisitWithoutTheOracleSaysSo(t *testing.T) {
	defer func(n int64) { fewPairsChecked = n }(fewPairsChecked)
	fewPairsChecked = 10
	v, skipped := remembering{Variant: scripted.Variant{ID: "x"}}, 0
	axes := point.Axes{Variants: []attn.Variant{v}, Workers: []int{1}, Input: "gaussian", Seed: 1}
	for n := 50; n < 80; n++ {
		axes.Shapes = append(axes.Shapes, grouped(n))
	}
	points := axes.DecodePoints([]string{result.WorkloadDecode}, nil, nil)
	for i, p := range run(t, Setup{Points: points, Variant: v, Rows: 16}, 3) {
		if p.Status != result.StatusOK || p.Agreement == nil || p.Agreement.Samples != 3 || p.Agreement.Of != 8 {
			t.Fatalf("context %d: %s %q, %+v", i, p.Status, p.Message, p.Agreement)
		}
		if p.Agreement.Rows == 0 {
			skipped++
		}
	}
	if skipped == 0 || skipped == len(points) {
		t.Errorf("%d of %d contexts were not looked at: want some", skipped, len(points))
	}
}
