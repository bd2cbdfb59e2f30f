package plan

import (
	"context"
	"testing"
	"time"

	"attnbench/attn"
	"attnbench/harness/internal/scripted"
	"attnbench/harness/point"
	"attnbench/harness/result"
	"attnbench/harness/visit"
	"attnbench/harness/workload"
)

// counting is a workload of a test: it counts.
type counting struct{ workload.Setup }

func (counting) Prepare(context.Context) error                     { return nil }
func (counting) Move(context.Context, int) error                   { return nil }
func (counting) Bytes() workload.Bytes                             { return workload.Bytes{Inputs: 8} }
func (counting) Cost() workload.Cost                               { return workload.Cost{FLOPs: 1000} }
func (c counting) Warm(ctx context.Context) (time.Duration, error) { return c.Sample(ctx, 1) }
func (counting) Check(context.Context) error                       { return nil }
func (counting) Reseed(uint64)                                     {}
func (counting) Finish(context.Context) error                      { return nil }
func (counting) Close()                                            {}
func (counting) Fill(v *result.Visit)                              { v.Agreement = &result.Agreement{Rows: 1} }
func (c counting) Sample(_ context.Context, n int) (time.Duration, error) {
	c.Clock.Start(nil)
	sum := 0
	for i := range 100_000 * n {
		sum += i & 3
	}
	t := c.Clock.Stop()
	if sum < 0 {
		panic("unreachable")
	}
	return t / time.Duration(n), nil
}

// A new workload is one type: nothing else of the harness knows it.
func TestAWorkloadThatNobodyKnowsIsSwept(t *testing.T) {
	workload.Register("counting", workload.Kind{Make: func(s workload.Setup) (workload.Workload, error) { return counting{s}, nil }})
	v := scripted.Variant{ID: "v"}
	points := axes("v", 16).Points()
	points[0].Workload = "counting"
	b := Budget{Time: time.Minute, Visits: 2, LongFrom: 4096, Samples: visit.Samples{Min: 1, Want: 3, Max: 5}}
	p := swept(t, &Sweep{Points: points, Executor: visit.Here{Env: visit.Env{Variants: []attn.Variant{v}}}, Budget: b})[0]
	if p.Status != result.StatusOK || p.Visits != 2 || p.MedianNS <= 0 || p.Workload != "counting" || p.InputBytes != 8 || p.FLOPs != 1000 {
		t.Errorf("%s: %s, %+v", p.Status, p.Message, p)
	}
	points[0].Workload = "unheard"
	if p := swept(t, &Sweep{Points: []point.Point{points[0]}, Executor: visit.Here{Env: visit.Env{Variants: []attn.Variant{v}}}, Budget: b})[0]; p.Status != result.StatusFailed {
		t.Errorf("%s: %s", p.Status, p.Message)
	}
}
