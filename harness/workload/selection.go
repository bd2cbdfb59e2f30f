package workload

import (
	"context"
	"errors"
	"fmt"
	"time"

	"attnbench/attn"
	"attnbench/harness/check"
	"attnbench/harness/result"
)

// selectionSamples are the samples of a selection in one visit.
const selectionSamples = 10

// selection is a Forward of a variant that selects first: from Prepare on the point is the
// attend step under that selection, a Problem and a Plan like any other. The selection has
// samples of its own, taken after those of the attend step; its cost includes its allocations
// and their collection.
type selection struct {
	forward
	selector attn.Selector
	of       attn.Problem // of the point, without the selection
	record   result.Selection
}

func newSelection(s Setup) (Workload, error) {
	f, err := planned(s)
	if err != nil {
		return nil, err
	}
	selector, ok := f.plan.(attn.Selector)
	if !ok {
		return nil, fmt.Errorf("%s: selects nothing: %w", s.Variant.Name(), errors.ErrUnsupported)
	}
	return &selection{forward: *f, selector: selector, of: f.p, record: result.Selection{By: selector.Selects()}}, nil
}

// choose selects once; a panic becomes an error.
func (s *selection) choose() (p attn.Problem, attend attn.Plan, err error) {
	defer check.Recovered(&err, "the selection ")
	p, attend = s.selector.Select(s.args, s.ws)
	return p, attend, nil
}

// Prepare implements [Workload].
func (s *selection) Prepare(ctx context.Context) error {
	if err := s.forward.Prepare(ctx); err != nil {
		return err
	}
	p, attend, err := s.choose()
	if err != nil {
		return err
	}
	s.p, s.plan = p, attend
	s.record.Pairs, s.record.Of = p.VisiblePairs(), s.of.VisiblePairs()
	return nil
}

// Bytes implements [Workload]: the workspace serves both steps.
func (s *selection) Bytes() Bytes {
	b := s.forward.Bytes()
	b.Workspace = 4 * int64(len(s.ws))
	return b
}

// Finish implements [Workload]: it times the selection, and checks what the last one attends to.
func (s *selection) Finish(ctx context.Context) error {
	if err := s.forward.Finish(ctx); err != nil || s.samples == nil || s.samples.Taken() == 0 {
		return err
	}
	var samples []int64
	repeats := 1
	for len(samples) < selectionSamples {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		s.Clock.Start(nil)
		var attend attn.Plan
		var err error
		for range repeats {
			if _, attend, err = s.choose(); err != nil {
				break
			}
		}
		t := s.Clock.Stop()
		if err != nil {
			return err
		}
		if s.plan = attend; t < minSelection && len(samples) == 0 && repeats < 1<<10 {
			repeats *= 2 // the sample is too short for the clock
			continue
		}
		samples = append(samples, int64(t)/int64(repeats))
	}
	check.Poison(s.args.Out.Data, s.ws)
	if _, err := s.calls(1); err != nil {
		return fmt.Errorf("under the last selection: %w", err)
	}
	if err := s.look("under the last selection: "); err != nil {
		return err
	}
	s.record.SamplesNS, s.record.MedianNS = samples, result.Median(samples)
	if repeats > 1 {
		s.record.Repeats = repeats
	}
	return nil
}

// minSelection is the minimum length of a sample of selections.
const minSelection = 200 * time.Microsecond

// Fill implements [Workload].
func (s *selection) Fill(v *result.Visit) {
	s.forward.Fill(v)
	record := s.record
	v.Selection = &record
}
