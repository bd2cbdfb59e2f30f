package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"attnbench/harness"
	"attnbench/harness/machine"
	"attnbench/harness/result"
)

func (a *app) run(ctx context.Context, f *runFlags) error {
	budget, err := f.within(harness.DefaultBudget, harness.QuickBudget, f.quick, "128:1024", f.budget)
	if err != nil {
		return err
	}
	s, err := f.resolve(a.variants)
	if err != nil {
		return err
	}
	return a.sweep(ctx, f.axisFlags, f.out, s, s.axes.Points(), budget, f.recall)
}

// sweep runs the points, records and reports. It refuses what it can before it makes the
// folder, and makes the folder before it times anything.
func (a *app) sweep(ctx context.Context, f *axisFlags, out string, s sweep, points []harness.Point, budget harness.Budget, recall bool) error {
	begin := time.Now()
	run := a.describe(f, begin)
	dir, journal, err := createOut(out, begin, run)
	if err != nil {
		return fmt.Errorf("--out %w", err)
	}
	defer journal.Close()

	progress := newProgress(a.stdout, a.stderr, points, budget)
	rec := &recorder{journal: journal, progress: progress}
	sw := &harness.Sweep{
		Variants: s.variants, Others: a.variants, Points: points, Source: s.source, Budget: budget,
		Begin: progress.begin, Record: rec.record,
	}
	err = sweepUntil(ctx, sw, rec)
	progress.finish()
	if err == nil && recall {
		err = harness.Recall(ctx, s.axes, journal.AppendRecall)
	}
	end := result.End{Kind: result.KindEnd, Status: "complete", Points: len(points), Seconds: time.Since(begin).Round(time.Millisecond).Seconds()}
	if ctx.Err() != nil {
		end.Status = "interrupted"
	} else if err != nil {
		return failed(err)
	}
	if err := journal.End(end); err != nil {
		return statusError{exitDisagree, err.Error()}
	}
	if err := a.render(dir); err != nil {
		return failed(err)
	}
	if ctx.Err() != nil {
		return statusError{interrupted(ctx), fmt.Sprintf("interrupted: %d of %d points are kept in %s", rec.count, len(points), dir)}
	}
	return rec.verdict("timed")
}

// describe is the run record.
func (a *app) describe(f *axisFlags, begin time.Time) result.Run {
	run := result.Run{
		Kind: result.KindRun, Schema: result.Schema, Time: begin.UTC().Truncate(time.Second),
		Command: commandLine(a.args), Seed: f.seed, Input: harness.PublicPath(f.input), Machine: machine.Describe(),
	}
	run.Commit, run.Modified = machine.Commit(".")
	return run
}

// createOut makes the report's folder and journal. A named folder must not hold results;
// the default folder gets a number where it does.
func createOut(out string, begin time.Time, run result.Run) (dir string, j *result.Journal, err error) {
	if out != "" {
		j, err = result.Create(out, run)
		return out, j, err
	}
	host, _ := os.Hostname()
	host, _, _ = strings.Cut(cmp.Or(host, "host"), ".")
	base := filepath.Join("reports", begin.UTC().Format(time.DateOnly)+"-"+host)
	dir = base
	for n := 2; ; n++ {
		if _, err := os.Stat(filepath.Join(dir, result.FileName)); errors.Is(err, os.ErrNotExist) || n > 1000 {
			break
		}
		dir = fmt.Sprintf("%s-%d", base, n)
	}
	j, err = result.Create(dir, run)
	return dir, j, err
}

// sweepUntil runs the sweep until the sweep or ctx ends. Nothing can stop a Forward: after
// an interrupt the sweep runs on unattended, and its later records are dropped.
func sweepUntil(ctx context.Context, sw *harness.Sweep, rec *recorder) error {
	done := make(chan error, 1)
	go func() { done <- guarded(func() error { return sw.Run(ctx) }) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		rec.close()
		return ctx.Err()
	}
}
