package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"attnbench/harness/plan"
	"attnbench/harness/point"
	"attnbench/harness/recall"
	"attnbench/harness/result"
	"attnbench/harness/visit"
)

func (a *app) run(ctx context.Context, f *runFlags) error {
	budget, err := f.within(plan.DefaultBudget, plan.QuickBudget, f.quick, "128:1024", f.budget)
	if err == nil {
		budget, err = f.bound(budget)
	}
	if err != nil {
		return err
	}
	note := a.shorten(f)
	s, err := f.resolve(a.variants)
	if err != nil {
		return err
	}
	return a.sweep(ctx, job{
		axisFlags: f.axisFlags, visitFlags: f.visitFlags, out: f.out, resume: f.resume,
		axes: s.axes, points: s.axes.Points(), budget: budget, recall: f.recall, note: note,
	})
}

// shortLengths are those of a default run without vector instructions, where 8192 tokens
// would take the time of the whole sweep.
const shortLengths = "128:2048"

// shorten shortens the default lengths where no chosen variant has a faster kernel set than
// the generic one, and returns a sentence that says so.
func (a *app) shorten(f *runFlags) (note string) {
	chosen, err := chooseVariants(a.variants, f.variants)
	if err != nil || f.quick || f.set.Changed(f.form.lengths) || f.set.Changed("input") {
		return ""
	}
	sets := isas(chosen)
	if f.isa != "" {
		sets = strings.Split(f.isa, ",")
	}
	if slices.ContainsFunc(sets, func(isa string) bool { return isa != "generic" && isa != "gonum" }) {
		return ""
	}
	f.seqlen = shortLengths
	return fmt.Sprintf("no vector kernels here: lengths %s in place of %s", shortLengths, f.form.lengthsDefault)
}

// job is a sweep as the flags ask for it.
type job struct {
	*axisFlags
	*visitFlags
	out    string
	resume bool
	axes   point.Axes
	points []point.Point
	budget plan.Budget
	recall bool
	note   string // printed before the first point; empty: nothing
}

// sweep visits the points, records and reports. It refuses what it can before it makes the
// folder, and makes the folder before it times anything.
func (a *app) sweep(ctx context.Context, j job) error {
	begin := time.Now()
	executor, err := a.timedExecutor(j.visitFlags, j.axes.Workers)
	if err != nil {
		return err
	}
	dir, journal, earlier, err := a.open(j.out, j.resume, begin, a.describe(j.axisFlags, begin))
	if err != nil {
		return err
	}
	defer journal.Close()

	if j.note != "" {
		fmt.Fprintln(a.stdout, j.note)
	}
	repro := a.repro
	if j.pin {
		repro = func(pt point.Point) string { return a.repro(pt) + " --pin" }
	}
	progress := newProgress(a.stdout, a.stderr, j.points, j.budget)
	rec := &recorder{journal: journal, progress: progress}
	for _, p := range earlier.Points {
		rec.count(p)
	}
	sweep := &plan.Sweep{
		Points: j.points, Variants: a.variants, Executor: executor, Budget: j.budget, Seed: j.seed, Earlier: earlier,
		Repro: repro, Begin: progress.begin, Note: progress.note, Visited: journal.AppendVisit, Record: rec.record,
	}
	err = guarded(func() error { return sweep.Run(ctx) })
	progress.finish()
	if err == nil && j.recall {
		done := map[string]bool{}
		for _, r := range earlier.Recalls {
			done[r.Key] = true
		}
		err = recall.Count(ctx, j.axes, done, journal.AppendRecall)
	}
	end := result.End{Kind: result.KindEnd, Status: "complete", Points: len(j.points), Seconds: time.Since(begin).Round(time.Millisecond).Seconds()}
	hung := errors.Is(err, visit.ErrHung)
	if ctx.Err() != nil || hung {
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
	kept := fmt.Sprintf("%d of %d points are kept in %s; --out %s --resume goes on", len(rec.status), len(j.points), dir, dir)
	switch {
	case ctx.Err() != nil:
		return statusError{interrupted(ctx), "interrupted: " + kept}
	case hung:
		return statusError{exitDisagree, err.Error() + ": " + kept}
	}
	return rec.verdict("timed")
}
