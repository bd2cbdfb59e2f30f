package workload_test

import (
	"context"
	"testing"
	"time"

	"attnbench/attn"
	"attnbench/harness/point"
	"attnbench/harness/result"
	"attnbench/harness/workload"
	"attnbench/variants"
)

// Every variant as every workload that it takes, on every rule of its own: what is drawn
// between samples, heads whose V is multiplied by ±2^k among it, refuses nobody who is honest.
func TestEveryVariantIsRightAsEveryWorkload(t *testing.T) {
	var rules []attn.Rule
	for _, text := range []string{"softmax", "linear:elu1", "linear:favor:32:1", "retention", "gated:dim", "gated-delta:head"} {
		rule, err := attn.ParseRule(text)
		if err != nil {
			t.Fatal(err)
		}
		rules = append(rules, rule)
	}
	for _, v := range variants.All() {
		axes := point.Axes{Variants: []attn.Variant{v}, Rules: rules, Workers: []int{1}, Input: "gaussian", Seed: 1}
		lengths := []int{33, 70}
		if testing.Short() {
			lengths = lengths[:1]
		}
		for _, n := range lengths {
			axes.Shapes = append(axes.Shapes, attn.Problem{Batch: 1, QHeads: 4, KVHeads: 2, QLen: n, KVLen: n, HeadDim: 16, ValueDim: 16})
		}
		series := map[string][]point.Point{}
		for _, pt := range append(axes.Points(), axes.DecodePoints(point.Phases(), nil, nil)...) {
			key := pt.Key()
			if k, _ := workload.KindOf(pt.Workload); k.Contexts {
				key = pt.Curve()
			}
			series[key] = append(series[key], pt)
		}
		for _, points := range series {
			for _, whole := range []bool{false, true} {
				visit(t, workload.Setup{Points: points, Variant: v, Others: variants.All(), Whole: whole, Rows: 16, SecondLimit: time.Minute})
			}
		}
	}
}

func visit(t *testing.T, s workload.Setup) {
	t.Helper()
	w, err := workload.New(s)
	if status, _ := workload.Status(err); status == result.StatusUnsupported {
		return
	}
	step := func(at string, err error) {
		if err != nil {
			t.Fatalf("%s: %s: %v", s.Points[0].Key(), at, err)
		}
	}
	step("New", err)
	defer w.Close()
	ctx := context.Background()
	step("Prepare", w.Prepare(ctx))
	for i, pt := range s.Points {
		step("Move", w.Move(ctx, i))
		_, err := w.Warm(ctx)
		step("Warm", err)
		w.Reseed(7)
		step("Check", w.Check(ctx))
		for range 4 {
			_, err := w.Sample(ctx, 2)
			step("Sample", err)
		}
		step("Finish", w.Finish(ctx))
		var r result.Visit
		w.Fill(&r)
		if b := w.Bytes(); r.Agreement == nil || r.Agreement.Heads != 4 || b.Inputs == 0 || b.Output == 0 {
			t.Errorf("%s: %+v, %+v", pt.Key(), r.Agreement, b)
		}
	}
}
