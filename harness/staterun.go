package harness

import (
	"context"
	"fmt"
	"math"
	"runtime"
	"time"

	"attnbench/attn"
	"attnbench/harness/result"
)

const (
	// warmSteps is the most that go before the samples: of short steps the first are
	// slower, until the workers have the parts of the State that they share.
	warmSteps = 40

	// bandwidthPasses is how often the bandwidth is measured between the samples, and
	// stepsBeside room for the steps that are not samples: those, and one after a pass.
	bandwidthPasses = 20
	stepsBeside     = 128
)

// stateRun is a point of a State on its way to a record.
type stateRun struct {
	pt      Point
	p       attn.Problem // KVLen is the context
	st      attn.State
	rewinds bool // it drops its last token, so that every step has the same context
	src     tokens
	budget  Budget
	pred    *predictor
	record  *result.Point
	reader  *reader // nil: the bandwidth is not measured
	begin   time.Time
	checked time.Duration // that the checks took so far,
	pairs   int64         // and what their time grows with

	one   attn.Args // what an Extend takes
	piece attn.Args // what an Append takes
	ws    []float32
}

// run gates, times and gates again, as measurement.run does. Its error is ctx's.
func (m *stateRun) run(ctx context.Context) (result.Status, string, error) {
	v := &verdict{}
	pass := m.steps
	if m.pt.Phase == result.PhasePrefill {
		pass = m.prefill
	}
	err := pass(ctx, v)
	if v.agreement.Rows > 0 {
		if at := checkedLen(m.p); at < m.p.KVLen {
			v.agreement.Context = at
		}
		m.record.Agreement = &v.agreement
	}
	switch {
	case ctx.Err() != nil:
		return "", "", ctx.Err()
	case err != nil:
		return result.StatusFailed, err.Error(), nil
	case v.disagrees != "":
		return result.StatusDisagree, v.disagrees, nil
	}
	return result.StatusOK, "", nil
}

// steps is the phase decode. Where the verdict it leaves disagrees nothing was timed.
func (m *stateRun) steps(ctx context.Context, v *verdict) error {
	n := m.p.KVLen
	at := checkedLen(m.p)
	for _, hard := range hardProfiles {
		if hard.name == m.pt.Input {
			continue
		}
		src := m.src.on(hard.of)
		if err := m.fill(ctx, src, hardChecked(m.p, m.pt.Phase)-1); err != nil {
			return err
		}
		if err := m.checkStep(v, src, hard.name); err != nil || v.disagrees != "" {
			return err
		}
		m.reset()
	}
	if err := m.fill(ctx, m.src, at-1); err != nil {
		return err
	}
	if err := m.checkStep(v, m.src, m.record.Input); err != nil || v.disagrees != "" {
		return err
	}
	if err := m.fill(ctx, m.src, n-1); err != nil {
		return err
	}
	filled := time.Since(m.begin) - m.checked
	samples, allocs, err := m.samples(ctx)
	if err != nil {
		return err
	}
	if at == n { // the last sample's Out was poisoned before it
		if m.check(v, m.src, m.record.Input, "after the timing: "); v.disagrees != "" {
			return nil
		}
	}
	r := m.record
	r.SamplesNS, r.MedianNS, r.P99NS, r.Allocs = samples, median(samples), p99(samples), &allocs
	r.TokensPerSecond = perSecond(m.p.Batch, r.MedianNS)
	if gbs := m.reader.bandwidth(); gbs > 0 {
		r.BandwidthGBS = rounded(gbs)
		r.BandwidthFraction = rounded(float64(r.ReadBytes) / float64(r.MedianNS) / gbs)
	}
	m.learn(m.pred, time.Duration(r.MedianNS), filled)
	return nil
}

// samples times single steps, and between them how fast as much memory is read as a
// step must. Where the State rewinds, each is at the same context.
func (m *stateRun) samples(ctx context.Context) (samples []int64, allocs int64, err error) {
	runtime.GC()
	once := time.Duration(math.MaxInt64)
	begin := time.Now()
	for i := 0; i < 3 || i < warmSteps && time.Since(begin) < burst; i++ {
		t, err := m.step(m.src)
		if err != nil {
			return nil, 0, err
		}
		once = min(once, t)
	}
	n := m.budget.samples(once)
	samples = make([]int64, 0, n)
	for len(samples) < n {
		m.reader.pass()
		if _, err := m.step(m.src); err != nil { // after the pass no cache holds anything of the State
			return nil, 0, err
		}
		before := mallocs()
		for range min(max(1, n/bandwidthPasses), n-len(samples)) {
			if ctx.Err() != nil {
				return nil, 0, ctx.Err()
			}
			if len(samples) == n-1 {
				poison(m.one.Out.Data)
			}
			t, err := m.step(m.src)
			if err != nil {
				return nil, 0, err
			}
			samples = append(samples, int64(t))
		}
		allocs += mallocs() - before
	}
	return samples, allocs / int64(n), nil
}

func mallocs() int64 {
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return int64(s.Mallocs)
}

// step times one token more.
func (m *stateRun) step(src tokens) (time.Duration, error) {
	for b := range m.p.Batch {
		if n := m.p.KVLen - 1; m.rewinds && m.st.Len(b) > n {
			if err := m.st.Truncate(b, n); err != nil {
				return 0, err
			}
		}
	}
	src.take(m.one, m.st.Len(0), 1)
	begin := time.Now()
	err := extend(m.st, m.one, nil, m.ws)
	return time.Since(begin), err
}

// counts is the n of Append and Extend for some rows of tensors that hold more.
func (m *stateRun) counts(rows, of int) []int {
	if rows == of {
		return nil
	}
	n := make([]int, m.p.Batch)
	for b := range n {
		n[b] = rows
	}
	return n
}

// fill appends tokens until the State holds n of them.
func (m *stateRun) fill(ctx context.Context, src tokens, n int) error {
	of := m.piece.K.Shape[2]
	for m.st.Len(0) < n {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		lo := m.st.Len(0)
		rows := min(of, n-lo)
		src.take(m.piece, lo, rows)
		if err := appendTo(m.st, m.piece, m.counts(rows, of)); err != nil {
			return err
		}
		if got := m.st.Len(0); got != lo+rows {
			return fmt.Errorf("Len is %d after %d tokens and %d more", got, lo, rows)
		}
	}
	return nil
}

func (m *stateRun) reset() {
	for b := range m.p.Batch {
		m.st.Reset(b)
	}
}

// pilot measures one short pass and learns the rates of the point's curve.
func (m *stateRun) pilot(ctx context.Context, pred *predictor) error {
	begin, n := time.Now(), m.p.KVLen
	best := time.Duration(math.MaxInt64)
	sample := func() (time.Duration, error) { return m.whole(ctx, m.src, n) }
	if m.pt.Phase == result.PhaseDecode {
		if m.fill(ctx, m.src, n-1) != nil {
			return ctx.Err()
		}
		sample = func() (time.Duration, error) { return m.step(m.src) }
	}
	filled := time.Since(begin)
	for range 3 {
		t, err := sample()
		if err != nil {
			return ctx.Err() // the point itself will say so
		}
		best = min(best, t)
	}
	m.check(&verdict{}, m.src, m.pt.Input, "")
	m.learn(pred, best, filled+best)
	return nil
}

// learn takes in what a sample took, the filling of the State, and all checks.
func (m *stateRun) learn(pred *predictor, sample, filled time.Duration) {
	pred.learn(m.pt, stateWork(m.pt, m.p), max(sample, 1))
	pred.learn(m.pt.filling(), int64(m.p.KVLen), max(filled, 1))
	pred.learn(m.pt.checking(), m.pairs, max(m.checked, 1))
}

// perSecond is a rate of tokens.
func perSecond(tokens int, ns int64) float64 {
	return rounded(float64(tokens) / float64(max(ns, 1)) * 1e9)
}
