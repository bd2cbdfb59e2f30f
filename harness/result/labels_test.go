package result

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// labelled are the labels of points that changes make of somePoint of two lengths.
func labelled(changes ...func(*Point)) []string {
	var all []Identity
	for _, change := range changes {
		p := somePoint()
		p.Chunk, p.Variant, p.Workload = 0, "flash", "" // as in schema 1
		change(&p)
		all = append(all, p.Identity())
	}
	var list []string
	labels := NewLabels(all)
	for _, id := range all {
		list = append(list, labels.Of(id))
	}
	return list
}

func TestALabelNamesWhatDiffers(t *testing.T) {
	same := func(*Point) {}
	naive := func(p *Point) { p.Variant, p.Problem.Mask, p.ISA = "naive", "full", "" }
	for _, c := range []struct {
		name    string
		changes []func(*Point)
		want    []string
	}{
		{"variants differ in all, and each is named by itself", []func(*Point){same, naive}, []string{"flash", "naive"}},
		{"masks", []func(*Point){same, naive, func(p *Point) { p.Problem.Mask = "full" }}, []string{"flash causal", "naive", "flash full"}},
		{"workers", []func(*Point){same, func(p *Point) { p.Workers = 1 }}, []string{"flash 2 workers", "flash 1 worker"}},
		{"kernel sets, which some variants have not", []func(*Point){same, naive, func(p *Point) { p.ISA = "avx2" }}, []string{"flash generic", "naive", "flash avx2"}},
		{"a rule and the modifiers that follow from it", []func(*Point){same, func(p *Point) { p.Problem.Rule, p.Problem.Modifiers = "retention", []string{"decay:1"} }}, []string{"flash softmax", "flash retention"}},
		{"modifiers alone", []func(*Point){same, func(p *Point) { p.Problem.Modifiers = nil }}, []string{"flash softcap:30", "flash"}},
		{"two things in their order", []func(*Point){same, func(p *Point) { p.Workers = 1 }, func(p *Point) { p.Problem.Mask = "full" }}, []string{"flash causal 2 workers", "flash causal 1 worker", "flash full 2 workers"}},
		{"heads", []func(*Point){same, func(p *Point) { p.Problem.KVHeads = 4 }}, []string{"flash 4/2 heads", "flash 4 heads"}},
		{"head dimension", []func(*Point){same, func(p *Point) { p.Problem.HeadDim = 8 }}, []string{"flash d = 4", "flash d = 8/4"}},
		{"batch", []func(*Point){same, func(p *Point) { p.Problem.Batch = 2 }}, []string{"flash batch 1", "flash batch 2"}},
		{"input", []func(*Point){same, func(p *Point) { p.Input = "peaky" }}, []string{"flash gaussian", "flash peaky"}},
		{"storage", []func(*Point){same, func(p *Point) { p.Problem.KVDType = "f16" }}, []string{"flash f32", "flash f32/f16"}},
		{"length alone", []func(*Point){same, func(p *Point) { p.Problem.QLen, p.Problem.KVLen = 16, 16 }}, []string{"flash", "flash"}},
		{"a mask that follows from the length", []func(*Point){same, func(p *Point) { p.Problem.QLen, p.Problem.KVLen, p.Problem.Mask = 16, 16, "window:3:0" }}, []string{"flash", "flash"}},
		{"queries of one length", []func(*Point){same, func(p *Point) { p.Problem.QLen = 1 }}, []string{"flash 8 queries", "flash 1 query"}},
		{"phases, which have tables of their own", []func(*Point){same, func(p *Point) { p.Phase, p.Problem.QLen = PhaseDecode, 1 }, func(p *Point) { p.Chunk = 4 }}, []string{"flash", "flash", "flash"}},
		{"chunks", []func(*Point){func(p *Point) { p.Chunk = 4 }, func(p *Point) { p.Chunk = 2 }}, []string{"flash in chunks of 4", "flash in chunks of 2"}},
		{"workloads of one table", []func(*Point){same, func(p *Point) { p.Workload = WorkloadSelection }}, []string{"flash forward", "flash selection"}},
		{"seeds", []func(*Point){same, func(p *Point) { p.Seed = 2 }}, []string{"flash seed 1", "flash seed 2"}},
		{"who measured", []func(*Point){same, func(p *Point) { p.Provider = "other" }}, []string{"flash attnbench", "flash other"}},
	} {
		if diff := cmp.Diff(c.want, labelled(append(c.changes, c.changes...)...)[:len(c.changes)]); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// A recall is labelled as the points of its variant, without what it does not depend on.
func TestRecallsHaveTheLabelsOfTheirPoints(t *testing.T) {
	a, b, r := somePoint(), somePoint(), someRecall()
	b.Workers, b.Problem.Batch = 1, 3
	all := []Identity{a.Identity(), b.Identity(), r.Identity()}
	if got := NewLabels(all).Of(r.Identity()); got != "flash" {
		t.Errorf("%q: want flash", got)
	}
	r.Problem.Mask = "full"
	all = append(all, r.Identity())
	labels := NewLabels(all)
	if got := []string{labels.Of(r.Identity()), labels.Of(a.Identity())}; fmt.Sprint(got) != "[flash full flash causal 2 workers batch 1]" {
		t.Errorf("%q", got)
	}
}
