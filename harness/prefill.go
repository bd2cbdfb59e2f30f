package harness

import (
	"context"
	"fmt"
	"time"

	"attnbench/attn"
	"attnbench/internal/guard"
)

// prefill checks and times the phase prefill: a whole context from empty.
func (m *stateRun) prefill(ctx context.Context, v *verdict) error {
	n := m.p.KVLen
	at := checkedLen(m.p)
	for _, hard := range hardBeside(m.p, m.pt.Input) {
		src := m.src.on(m.p, hard.of)
		if _, err := m.whole(ctx, src, hardChecked(m.p, m.pt.Phase), nil); err != nil {
			return err
		}
		if m.check(v, m.expect(src, maxPairsChecked), hard.name, ""); v.disagrees != "" {
			return nil
		}
	}
	if at < n {
		if _, err := m.whole(ctx, m.src, at, nil); err != nil {
			return err
		}
		if m.check(v, m.expect(m.src, maxPairsChecked), m.record.Input, ""); v.disagrees != "" {
			return nil
		}
	}
	look := &passCheck{negation: newNegation(m.p, m.src.block.V, m.pt.Seed)}
	defer look.restore()
	once, err := m.whole(ctx, m.src, n, look)
	if err != nil {
		return err
	}
	var rows oracleCheck
	if at == n {
		rows = m.expect(m.src, maxPairsChecked)
		if m.check(v, rows, m.record.Input, ""); v.disagrees != "" {
			return nil
		}
	}
	filled := time.Since(m.begin) - once - m.checkTime
	samples := make([]int64, m.budget.samples(once))
	poisoned, want := look.rng.IntN(len(samples)), look.bits
	for i := range samples {
		look.draw()
		look.poison = i == poisoned
		t, err := m.whole(ctx, m.src, n, look)
		if err != nil {
			return err
		}
		samples[i] = int64(t)
		m.looked++
		when := fmt.Sprintf("in sample %d: ", i+1)
		if at == n {
			m.check(v, look.of(rows), m.record.Input, when)
		}
		if why := look.differs(look.bits, want); m.exact && v.disagrees == "" && why != "" {
			v.disagrees = when + why
		}
		if v.disagrees != "" {
			return nil
		}
	}
	r := m.record
	r.SamplesNS, r.MedianNS = samples, median(samples)
	r.TokensPerSecond = perSecond(m.p.Batch*n, r.MedianNS)
	r.GFLOPS = gflops(r.FLOPs, r.MedianNS)
	m.learn(m.pred, time.Duration(r.MedianNS), filled)
	return nil
}

// whole takes the first n tokens from empty in chunks and returns the time of the
// Extends; look, where not nil, looks at the output of each.
func (m *stateRun) whole(ctx context.Context, src tokens, n int, look *passCheck) (t time.Duration, err error) {
	m.reset()
	look.begin()
	for lo := 0; lo < n; lo += m.pt.Chunk {
		if ctx.Err() != nil {
			return 0, ctx.Err()
		}
		rows := min(m.pt.Chunk, n-lo)
		src.take(m.one, lo, rows)
		look.before(m.one.Out, m.ws)
		once, err := m.extend(m.counts(rows, m.pt.Chunk))
		if err != nil {
			return 0, err
		}
		t += once
		look.after(m.one.Out.Rows(0, rows))
	}
	return t, nil
}

// passCheck looks at the output of a pass of all chunks, as sampleCheck does of a Forward.
// nil looks at nothing and fills Out with NaN.
type passCheck struct {
	negation
	poison bool
	bits   []uint64 // digests of each head's output, of all chunks
}

func (l *passCheck) begin() {
	if l != nil {
		l.bits = nil
	}
}

func (l *passCheck) before(out attn.Tensor, ws []float32) {
	if l == nil || l.poison {
		guard.Poison(out.Data)
		guard.Poison(ws)
		return
	}
	l.refill(out.Data)
	l.refill(ws[:min(len(ws), len(out.Data))])
}

func (l *passCheck) after(out attn.Tensor) {
	if l == nil {
		return
	}
	digests := l.digests(out)
	for i := range l.bits {
		digests[i] += 31 * l.bits[i]
	}
	l.bits = digests
}
