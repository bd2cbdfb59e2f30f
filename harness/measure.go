package harness

import (
	"context"
	"errors"
	"fmt"
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
	exact     bool // equal calls give equal bits
	second    func(attn.Problem, attn.Args) *second
	roofline  *roofline // nil: not measured

	beside *second // nil: no other way was cheap enough
	args   attn.Args
	ws     []float32
	watch  *sampleCheck
	allocs int64         // heap objects of the counted Forwards
	calls  int64         // Forwards counted
	looks  time.Duration // of the sampleCheck at the samples

	allocsKnown bool
}

// disagreement is the error of a sample whose output is wrong.
type disagreement struct{ verdict }

func (d disagreement) Error() string { return d.disagrees }

// run checks and times, all on the same buffers: warm-up, agreement (on the hard profiles
// too), samples and the agreement of each. A plan that selects does so first, once for all
// profiles; the selection is timed last. The error is ctx's.
func (m *measurement) run(ctx context.Context, src Source) (result.Status, string, error) {
	begin := time.Now()
	var err error
	if m.args, err = src.Args(m.p); err != nil {
		return result.StatusFailed, err.Error(), nil
	}
	inputs := digestInputs(m.args)
	samples, err := m.checked(ctx, time.Since(begin))
	if ctx.Err() != nil {
		return "", "", ctx.Err()
	}
	m.describeCheck()
	var wrong disagreement
	switch changed := inputs.changed(m.args); {
	case changed != "":
		return result.StatusFailed, changed, nil
	case errors.As(err, &wrong):
		return result.StatusDisagree, wrong.disagrees, nil
	case err != nil:
		return result.StatusFailed, err.Error(), nil
	case m.checkOnly:
		return result.StatusOK, "", nil
	}
	m.fill(samples)
	if why := m.roofline.exceeds(m.record); why != "" {
		return result.StatusFailed, why, nil
	}
	return result.StatusOK, "", nil
}

// describeCheck writes into the record what the check looked at.
func (m *measurement) describeCheck() {
	a := m.record.Agreement
	if a == nil {
		return
	}
	a.Heads = m.p.Batch * m.p.QHeads
	if m.beside != nil {
		a.Second = m.beside.name
		if n := m.beside.hi - m.beside.lo; n < m.p.QLen {
			a.SecondRows = int64(n) * int64(a.Heads)
		}
	}
	if m.watch != nil {
		a.Samples = m.watch.samples
	}
}

// checked checks the point and takes its samples; what is wrong is its error. It leaves
// the inputs as they were. made is the time that it took to make them.
func (m *measurement) checked(ctx context.Context, made time.Duration) ([]int64, error) {
	m.ws, m.work = make([]float32, m.plan.Workspace()), executed(m.plan, m.p)
	if err := m.choose(); err != nil {
		return nil, err
	}
	begin := time.Now()
	check := newOracleCheck(m.p, m.args, m.pt.Seed)
	expected := time.Since(begin)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	m.beside = m.second(m.p, m.args)

	// The first check is of the warm-up's output. NaN in Out and in the workspace shows
	// what a variant forgot to write.
	guard.Poison(m.args.Out.Data)
	guard.Poison(m.ws)
	once, err := m.sample(1)
	if err != nil {
		return nil, err
	}
	begin = time.Now()
	verdict := check.check(m.args.Out, m.record.Input)
	verdict.keep(m.beside.check(check, m.args, m.record.Input))
	if verdict.disagrees == "" {
		m.watch = newSampleCheck(check, m.args, m.ws, m.pt.Seed, m.exact)
		if verdict, err = check.checkHard(verdict, m.pt.Input, m.plan, m.args, m.ws); err != nil {
			return nil, err
		}
	}
	m.record.Agreement, m.record.Drift = &verdict.agreement, check.drift
	if verdict.disagrees != "" {
		return nil, disagreement{verdict}
	}
	m.pred.learnBeside(m.pt, m.p, made, expected+time.Since(begin))
	if m.checkOnly {
		return nil, nil
	}
	defer m.watch.restore()
	samples, err := m.samples(ctx, once)
	if err != nil {
		return nil, err
	}
	m.watch.restore() // the selection is timed on the inputs as they were
	return samples, m.timeSelection(ctx)
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

// watched is a sample that the sampleCheck looks at.
func (m *measurement) watched(n int, poison bool) (time.Duration, error) {
	begin := time.Now()
	m.watch.before(poison)
	ready := time.Now()
	t, err := m.counted(n)
	took := time.Since(ready)
	if err != nil {
		return 0, err
	}
	v := m.watch.after(m.record.Input)
	m.looks += time.Since(begin) - took
	if v.disagrees != "" {
		m.record.Agreement = &v.agreement
		v.disagrees = fmt.Sprintf("in sample %d: %s", m.watch.samples, v.disagrees)
		return 0, disagreement{v}
	}
	if v.agreement.Worst > m.record.Agreement.Worst {
		m.record.Agreement = &v.agreement
	}
	return t, nil
}

// counted is a sample that counts heap objects, where they are not known yet: to count
// stops the world, after which a short sample would be slower.
func (m *measurement) counted(n int) (time.Duration, error) {
	if m.allocsKnown {
		return m.sample(n)
	}
	before := mallocs()
	t, err := m.sample(n)
	m.allocs += mallocs() - before
	m.calls += int64(n)
	return t, err
}

// samples takes the timed samples, in ns per Forward. once is the time of the warm-up.
func (m *measurement) samples(ctx context.Context, once time.Duration) (samples []int64, err error) {
	n, repeats, err := m.schedule(once, func(n int) (time.Duration, error) { return m.watched(n, false) })
	if err != nil {
		return nil, err
	}
	samples = make([]int64, 0, n)
	poisoned := m.watch.rng.IntN(n)
	runtime.GC()
	m.roofline.measure()
	m.looks, m.allocsKnown = 0, m.calls > 0
	for i := range n {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		t, err := m.watched(repeats, i == poisoned)
		if err != nil {
			return nil, err
		}
		samples = append(samples, int64(t))
	}
	m.roofline.measure()
	if repeats > 1 {
		m.record.Repeats = repeats
	}
	m.pred.learnLooks(m.p, n, m.looks)
	m.allocs /= m.calls
	return samples, nil
}

// fill writes the measurements into the record.
func (m *measurement) fill(samples []int64) {
	r := m.record
	r.SamplesNS, r.MedianNS, r.Allocs = samples, median(samples), &m.allocs
	r.GFLOPS = gflops(r.FLOPs, r.MedianNS)
	t := r.MedianNS
	if r.Selection != nil {
		t += r.Selection.MedianNS
	}
	m.pred.learn(m.pt, m.work, time.Duration(t))
}
