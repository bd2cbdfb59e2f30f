package harness

import (
	"context"
	"runtime"
	"time"

	"attnbench/attn"
	"attnbench/harness/result"
	"attnbench/internal/guard"
)

// minSample is the minimum length of a sample. In a shorter one the clock's cost and
// resolution would show, so that a sample averages several Forwards.
const minSample = 200 * time.Microsecond

// measurement is one point on its way from a plan to a record.
type measurement struct {
	pt        Point
	p         attn.Problem
	plan      attn.Plan
	selector  attn.Selector // nil where the plan does not select
	work      int64         // FLOPs that the whole plan executes
	budget    Budget
	pred      *predictor
	record    *result.Point
	checkOnly bool
	roofline  *roofline // nil: not measured

	args attn.Args
	ws   []float32
}

// run checks, times and checks again, all on the same buffers: warm-up, agreement (on
// the hard profiles too), samples, agreement of what the last sample wrote. A plan that
// selects does so first, once for all profiles; the selection is timed last. The error
// is ctx's.
func (m *measurement) run(ctx context.Context, src Source) (result.Status, string, error) {
	begin := time.Now()
	var err error
	if m.args, err = src.Args(m.p); err != nil {
		return result.StatusFailed, err.Error(), nil
	}
	m.ws, m.work = make([]float32, m.plan.Workspace()), executed(m.plan, m.p)
	if err := m.choose(); err != nil {
		return result.StatusFailed, err.Error(), nil
	}
	check := newOracleCheck(m.p, m.args, m.pt.Seed)
	beside := time.Since(begin)
	if ctx.Err() != nil {
		return "", "", ctx.Err()
	}

	// The first check is of the warm-up's output. NaN in Out and in the workspace shows
	// what a variant forgot to write.
	guard.Poison(m.args.Out.Data)
	guard.Poison(m.ws)
	once, err := m.sample(1)
	if err != nil {
		return result.StatusFailed, err.Error(), nil
	}
	begin = time.Now()
	verdict := check.check(m.args.Out, m.record.Input)
	if verdict.disagrees == "" {
		if verdict, err = check.checkHard(verdict, m.pt.Input, m.plan, m.args, m.ws); err != nil {
			return result.StatusFailed, err.Error(), nil
		}
	}
	m.record.Agreement, m.record.Drift = &verdict.agreement, check.drift
	if verdict.disagrees != "" {
		return result.StatusDisagree, verdict.disagrees, nil
	}
	m.pred.learnBeside(m.p, beside+time.Since(begin))
	if m.checkOnly {
		return result.StatusOK, "", ctx.Err()
	}

	samples, allocs, err := m.samples(ctx, once)
	if err != nil {
		return result.StatusFailed, err.Error(), ctx.Err()
	}
	after := check.check(m.args.Out, m.record.Input)
	if after.disagrees != "" {
		m.record.Agreement = &after.agreement
		return result.StatusDisagree, "after the timing: " + after.disagrees, nil
	}
	if after.agreement.Worst > verdict.agreement.Worst {
		m.record.Agreement = &after.agreement
	}
	if err := m.timeSelection(ctx); err != nil {
		return result.StatusFailed, err.Error(), ctx.Err()
	}
	m.fill(samples, allocs)
	if why := m.roofline.exceeds(m.record); why != "" {
		return result.StatusFailed, why, nil
	}
	return result.StatusOK, "", nil
}

// sample times n Forwards and returns the mean time of one.
func (m *measurement) sample(n int) (t time.Duration, err error) {
	begin := time.Now()
	for range n {
		if err := forward(m.plan, m.args, m.ws); err != nil {
			return 0, err
		}
	}
	return time.Since(begin) / time.Duration(n), nil
}

// schedule says how many samples to take and how many repeats each sample averages.
// once is the time of the first run, which includes page faults: where a run is cheap,
// schedule takes more and keeps the fastest.
func (m *measurement) schedule(once time.Duration, sample func(n int) (time.Duration, error)) (n, repeats int, err error) {
	if once < m.budget.slow()/50 {
		for range 3 {
			t, err := sample(1)
			if err != nil {
				return 0, 0, err
			}
			once = min(once, t)
		}
	}
	repeats = int(max(1, minSample/max(once, 1)))
	return m.budget.samples(once * time.Duration(repeats)), repeats, nil
}

// samples takes the timed samples, in ns per Forward. once is the time of the warm-up.
// Out is poisoned before the last sample, so that the check afterwards sees what a
// timed Forward wrote.
func (m *measurement) samples(ctx context.Context, once time.Duration) (samples []int64, allocs int64, err error) {
	n, repeats, err := m.schedule(once, m.sample)
	if err != nil {
		return nil, 0, err
	}
	samples = make([]int64, 0, n)
	runtime.GC()
	m.roofline.measure()
	before := mallocs()
	for i := range n {
		if ctx.Err() != nil {
			return nil, 0, ctx.Err()
		}
		if i == n-1 {
			guard.Poison(m.args.Out.Data)
		}
		t, err := m.sample(repeats)
		if err != nil {
			return nil, 0, err
		}
		samples = append(samples, int64(t))
	}
	allocs = mallocs() - before
	m.roofline.measure()
	if repeats > 1 {
		m.record.Repeats = repeats
	}
	return samples, allocs / int64(n*repeats), nil
}

// fill writes the measurements into the record.
func (m *measurement) fill(samples []int64, allocs int64) {
	r := m.record
	r.SamplesNS, r.MedianNS, r.Allocs = samples, median(samples), &allocs
	r.GFLOPS = gflops(r.FLOPs, r.MedianNS)
	t := r.MedianNS
	if r.Selection != nil {
		t += r.Selection.MedianNS
	}
	m.pred.learn(m.pt, m.work, time.Duration(t))
}
