package cli

import (
	"context"
	"fmt"

	"attnbench/harness/plan"
)

// check compares every point with the oracle and times nothing.
func (a *app) check(ctx context.Context, f *checkFlags) error {
	s, err := f.resolve(a.variants)
	if err != nil {
		return err
	}
	budget, err := f.bound(plan.DefaultBudget)
	if err != nil {
		return err
	}
	budget.Visits, budget.LongVisits, budget.MaxVisits = 1, 1, 0
	executor, err := a.executor(f.isolate)
	if err != nil {
		return err
	}
	points := s.axes.Points()
	progress := newProgress(a.stdout, a.stderr, points, budget)
	rec := &recorder{progress: progress}
	sweep := &plan.Sweep{
		Points: points, Variants: a.variants, Executor: executor, Budget: budget, Seed: f.seed, CheckOnly: true,
		Repro: a.repro, Begin: progress.begin, Record: rec.record,
	}
	err = guarded(func() error { return sweep.Run(ctx) })
	progress.finish()
	if ctx.Err() != nil {
		return statusError{interrupted(ctx), fmt.Sprintf("interrupted after %d of %d points", len(rec.status), len(points))}
	}
	if err != nil {
		return failed(err)
	}
	if err := rec.verdict("checked"); err != nil {
		return err
	}
	fmt.Fprintf(a.stdout, "%s checked, none disagrees\n", count(len(rec.status), "point"))
	return nil
}
