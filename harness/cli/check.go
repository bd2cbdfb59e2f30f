package cli

import (
	"context"
	"fmt"

	"attnbench/harness"
	"attnbench/harness/machine"
)

// check compares every point with the oracle and times nothing.
func (a *app) check(ctx context.Context, f *axisFlags) error {
	s, err := f.resolve(a.variants)
	if err != nil {
		return err
	}
	budget := harness.DefaultBudget
	budget.Memory = machine.Available() / 10 * 8
	points := s.axes.Points()
	progress := newProgress(a.stdout, a.stderr, points, budget)
	rec := &recorder{progress: progress}
	err = sweepUntil(ctx, &harness.Sweep{
		Variants: s.variants, Others: a.variants, Points: points, Source: s.source, Budget: budget, CheckOnly: true,
		Begin: progress.begin, Record: rec.record,
	}, rec)
	progress.finish()
	if ctx.Err() != nil {
		return statusError{interrupted(ctx), fmt.Sprintf("interrupted after %d of %d points", rec.count, len(points))}
	}
	if err != nil {
		return failed(err)
	}
	if err := rec.verdict("checked"); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "%s checked, none disagrees\n", count(rec.count, "point"))
	return nil
}
