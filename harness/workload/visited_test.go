package workload

import (
	"context"
	"testing"
	"time"

	"attnbench/attn"
	"attnbench/harness/point"
	"attnbench/harness/result"
)

// samples are those that a test takes of a point.
const samples = 60

// visited is a whole visit of the typical point of v.
func visited(t *testing.T, v attn.Variant, p attn.Problem, seed uint64, others ...attn.Variant) result.Visit {
	t.Helper()
	axes := point.Axes{Variants: []attn.Variant{v}, Shapes: []attn.Problem{p}, Workers: []int{1}, Input: "gaussian", Seed: seed}
	return run(t, Setup{Points: axes.Points(), Variant: v, Others: others, Whole: true, SecondLimit: time.Minute}, samples)[0]
}

// run makes a visit of every point of a setup. Times are not looked at.
func run(t *testing.T, s Setup, samples int) (list []result.Visit) {
	t.Helper()
	ctx := context.Background()
	w, err := New(s)
	for i := range s.Points {
		var v result.Visit
		why := err
		if why == nil && i == 0 {
			why = w.Prepare(ctx)
		}
		if why == nil {
			why = one(ctx, w, i, &v, samples)
		}
		v.Status, v.Message = Status(why)
		list = append(list, v)
	}
	if err == nil {
		w.Close()
	}
	return list
}

func one(ctx context.Context, w Workload, i int, v *result.Visit, samples int) error {
	defer w.Fill(v)
	if err := w.Move(ctx, i); err != nil {
		return err
	}
	if _, err := w.Warm(ctx); err != nil {
		return err
	}
	w.Reseed(7 + uint64(i))
	if err := w.Check(ctx); err != nil {
		return err
	}
	var taken []int64
	for range samples {
		t, err := w.Sample(ctx, 1)
		if err != nil {
			return err
		}
		taken = append(taken, int64(t))
	}
	b := w.Bytes()
	v.InputBytes, v.OutputBytes, v.WorkspaceBytes, v.StateBytes = b.Inputs, b.Output, b.Workspace, b.State
	v.FLOPs, v.ReadBytes = w.Cost().FLOPs, w.Cost().ReadBytes
	if err := w.Finish(ctx); err != nil {
		return err
	}
	v.SamplesNS = taken
	return nil
}

// visitedState is a whole visit of the contexts of a decoder, or of each prefill.
func visitedState(t *testing.T, v attn.Variant, phase string, contexts ...int) (list []result.Visit) {
	t.Helper()
	axes := point.Axes{Variants: []attn.Variant{v}, Workers: []int{1}, Input: "gaussian", Seed: 1}
	for _, n := range contexts {
		axes.Shapes = append(axes.Shapes, grouped(n))
	}
	return visitedPoints(t, v, axes.DecodePoints([]string{phase}, nil, nil))
}

func visitedPoints(t *testing.T, v attn.Variant, points []point.Point) (list []result.Visit) {
	t.Helper()
	if k, err := KindOf(points[0].Workload); err == nil && k.Contexts {
		return run(t, Setup{Points: points, Variant: v, Whole: true}, samples)
	}
	for _, pt := range points {
		list = append(list, run(t, Setup{Points: []point.Point{pt}, Variant: v, Whole: true}, 8)...)
	}
	return list
}
