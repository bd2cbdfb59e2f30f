package harness

import (
	"context"
	"math"
	"runtime"
	"time"
)

const (
	// warmSteps and warmTime bound the steps before the samples: the first short steps are
	// slower, until each worker has its share of the State in its caches.
	warmSteps = 40
	warmTime  = 2 * time.Millisecond

	// bandwidthPasses is how often the bandwidth is measured between the samples.
	// stepsBeside is room for the steps that are not samples: warm-up, checks, and one
	// after each pass.
	bandwidthPasses = 20
	stepsBeside     = 128
)

// steps checks and times the phase decode: single tokens after a context. It times
// nothing where the verdict disagrees.
func (m *stateRun) steps(ctx context.Context, v *verdict) error {
	n := m.p.KVLen
	at := checkedLen(m.p)
	for _, hard := range hardBeside(m.p, m.pt.Input) {
		src := m.src.on(m.p, hard.of)
		if err := m.fill(ctx, src, hardChecked(m.p, m.pt.Phase)-1); err != nil {
			return err
		}
		if _, err := m.checkStep(v, src, hard.name); err != nil || v.disagrees != "" {
			return err
		}
		m.reset()
	}
	if err := m.fill(ctx, m.src, at-1); err != nil {
		return err
	}
	own, err := m.checkStep(v, m.src, m.record.Input)
	if err != nil || v.disagrees != "" {
		return err
	}
	if err := m.fill(ctx, m.src, n-1); err != nil {
		return err
	}
	filled := time.Since(m.begin) - m.checkTime
	samples, allocs, err := m.samples(ctx, v, own)
	if err != nil || v.disagrees != "" {
		return err
	}
	r := m.record
	r.SamplesNS, r.MedianNS, r.P99NS, r.Allocs = samples, median(samples), p99(samples), &allocs
	r.TokensPerSecond = perSecond(m.p.Batch, r.MedianNS)
	if gbs := m.reader.Bandwidth(); gbs > 0 {
		r.BandwidthGBS = rounded(gbs)
		r.BandwidthFraction = rounded(float64(r.ReadBytes) / float64(r.MedianNS) / gbs)
	}
	m.learn(m.pred, time.Duration(r.MedianNS), filled)
	return nil
}

// samples times single steps and checks them, and between them reads as many bytes of
// memory as a step must. Where the State rewinds, every step has the same context. The heap
// objects are those of the warm-up's steps. It stops where the verdict disagrees.
func (m *stateRun) samples(ctx context.Context, v *verdict, own oracleCheck) (samples []int64, allocs int64, err error) {
	runtime.GC()
	once := time.Duration(math.MaxInt64)
	begin, before, warm := time.Now(), mallocs(), 0
	for ; warm < 3 || warm < warmSteps && time.Since(begin) < warmTime; warm++ {
		t, err := m.step(m.src)
		if err != nil {
			return nil, 0, err
		}
		once = min(once, t)
	}
	allocs = (mallocs() - before) / int64(warm)
	n := m.budget.samples(once)
	check, err := newStepCheck(m, v, own, n)
	if err != nil || v.disagrees != "" {
		return nil, 0, err
	}
	samples = make([]int64, 0, n)
	for len(samples) < n {
		m.reader.Pass()
		if _, err := m.step(m.src); err != nil { // the pass drove the State out of the caches
			return nil, 0, err
		}
		for range min(max(1, n/bandwidthPasses), n-len(samples)) {
			if ctx.Err() != nil {
				return nil, 0, ctx.Err()
			}
			t, err := check.sample(len(samples))
			if err != nil || v.disagrees != "" {
				return nil, 0, err
			}
			samples = append(samples, int64(t))
		}
	}
	return samples, allocs, nil
}

func mallocs() int64 {
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return int64(s.Mallocs)
}

func (m *stateRun) step(src tokens) (time.Duration, error) {
	for b := range m.p.Batch {
		if n := m.p.KVLen - 1; m.rewinds && m.st.Len(b) > n {
			if err := m.st.Truncate(b, n); err != nil {
				return 0, err
			}
		}
	}
	src.take(m.one, m.st.Len(0), 1)
	return m.extend(nil)
}
