package harness

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"attnbench/attn"
	"attnbench/harness/result"
	"attnbench/internal/guard"
)

// choose makes the selection where the plan selects. From here on the point is the
// attend step under that selection, a Problem and a Plan like any other.
func (m *measurement) choose() error {
	s, ok := m.plan.(attn.Selector)
	if !ok {
		return nil
	}
	guard.Poison(m.ws)
	p, attend, err := selection(s, m.args, m.ws)
	if err != nil {
		return err
	}
	m.record.Selection.Pairs, m.record.Selection.Of = p.VisiblePairs(), m.p.VisiblePairs()
	m.selector, m.p, m.plan = s, p, attend
	m.record.FLOPs = p.FLOPs()
	if c, ok := attend.(attn.CountsFLOPs); ok {
		m.record.ExecutedFLOPs = c.ExecutedFLOPs()
	}
	return nil
}

// timeSelection takes samples of the selection as samples does of Forward. The cost of
// a selection includes its allocations and their collection.
func (m *measurement) timeSelection(ctx context.Context) error {
	if m.selector == nil {
		return nil
	}
	var last attn.Plan
	sample := func(n int) (time.Duration, error) {
		begin := time.Now()
		for range n {
			var err error
			if _, last, err = selection(m.selector, m.args, m.ws); err != nil {
				return 0, err
			}
		}
		return time.Since(begin) / time.Duration(n), nil
	}
	once, err := sample(1)
	if err != nil {
		return err
	}
	n, repeats, err := m.schedule(once, sample)
	if err != nil {
		return err
	}
	samples := make([]int64, 0, n)
	runtime.GC()
	for range n {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		t, err := sample(repeats)
		if err != nil {
			return err
		}
		samples = append(samples, int64(t))
	}
	// What the last timed selection attends to is what was checked.
	guard.Poison(m.args.Out.Data)
	if err := forward(last, m.args, m.ws); err != nil {
		return fmt.Errorf("under the last selection: %w", err)
	}
	if v := m.watch.after(m.record.Input); v.disagrees != "" {
		v.disagrees = "under the last selection: " + v.disagrees
		return disagreement{v}
	}
	r := m.record.Selection
	r.SamplesNS, r.MedianNS = samples, median(samples)
	if repeats > 1 {
		r.Repeats = repeats
	}
	return nil
}

// selectionOf is the record of a plan that selects, before anything runs; nil for other
// plans.
func selectionOf(plan attn.Plan) *result.Selection {
	if s, ok := plan.(attn.Selector); ok {
		return &result.Selection{By: s.Selects()}
	}
	return nil
}
