package harness

import (
	"context"
	"time"

	"attnbench/internal/guard"
)

// prefill checks and times the phase prefill: a whole context from empty.
func (m *stateRun) prefill(ctx context.Context, v *verdict) error {
	n := m.p.KVLen
	at := checkedLen(m.p)
	for _, hard := range hardBeside(m.pt.Input) {
		src := m.src.on(hard.of)
		if _, err := m.whole(ctx, src, hardChecked(m.p, m.pt.Phase)); err != nil {
			return err
		}
		if m.check(v, src, hard.name, ""); v.disagrees != "" {
			return nil
		}
	}
	if at < n {
		if _, err := m.whole(ctx, m.src, at); err != nil {
			return err
		}
		if m.check(v, m.src, m.record.Input, ""); v.disagrees != "" {
			return nil
		}
	}
	once, err := m.whole(ctx, m.src, n)
	if err != nil {
		return err
	}
	checks := func(when string) bool {
		if at == n {
			m.check(v, m.src, m.record.Input, when)
		}
		return v.disagrees == ""
	}
	if !checks("") {
		return nil
	}
	filled := time.Since(m.begin) - once - m.checked
	var samples []int64
	for range m.budget.samples(once) {
		t, err := m.whole(ctx, m.src, n)
		if err != nil {
			return err
		}
		samples = append(samples, int64(t))
	}
	if !checks("after the timing: ") {
		return nil
	}
	r := m.record
	r.SamplesNS, r.MedianNS = samples, median(samples)
	r.TokensPerSecond = perSecond(m.p.Batch*n, r.MedianNS)
	r.GFLOPS = gflops(r.FLOPs, r.MedianNS)
	m.learn(m.pred, time.Duration(r.MedianNS), filled)
	return nil
}

// whole takes the first n tokens from empty in chunks and returns the time of the
// Extends. It poisons Out before the last.
func (m *stateRun) whole(ctx context.Context, src tokens, n int) (t time.Duration, err error) {
	m.reset()
	for lo := 0; lo < n; lo += m.pt.Chunk {
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		rows := min(m.pt.Chunk, n-lo)
		src.take(m.one, lo, rows)
		if lo+rows == n {
			guard.Poison(m.one.Out.Data)
		}
		counts := m.counts(rows, m.pt.Chunk)
		begin := time.Now()
		if err := extend(m.st, m.one, counts, m.ws); err != nil {
			return 0, err
		}
		t += time.Since(begin)
	}
	return t, nil
}
