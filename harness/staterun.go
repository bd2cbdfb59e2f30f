package harness

import (
	"context"
	"fmt"
	"time"

	"attnbench/attn"
	"attnbench/harness/result"
)

// stateRun is one point of a State on its way to a record.
type stateRun struct {
	pt      Point
	p       attn.Problem // KVLen is the context
	st      attn.State
	rewinds bool // st can drop its last token, so that every step has the same context
	src     tokens
	budget  Budget
	pred    *predictor
	record  *result.Point
	reader  *reader // nil: the bandwidth is not measured
	begin   time.Time
	checked time.Duration // time of the checks so far
	pairs   int64         // that the oracle evaluated in the checks, weighted by keyCost

	one   attn.Args // of an Extend
	chunk attn.Args // of an Append
	ws    []float32
}

// run checks, times and checks again, as measurement.run does. The error is ctx's.
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

// counts is the argument n of Append and Extend: rows of each batch entry, nil for all.
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
	of := m.chunk.K.Shape[2]
	for m.st.Len(0) < n {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		lo := m.st.Len(0)
		rows := min(of, n-lo)
		src.take(m.chunk, lo, rows)
		if err := appendTo(m.st, m.chunk, m.counts(rows, of)); err != nil {
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

// learn teaches the predictor the time of a sample, of filling the State, and of the
// checks.
func (m *stateRun) learn(pred *predictor, sample, filled time.Duration) {
	pred.learn(m.pt, stateWork(m.pt, m.p), max(sample, 1))
	pred.learn(m.pt.filling(), int64(m.p.KVLen), max(filled, 1))
	pred.learn(m.pt.checking(), m.pairs, max(m.checked, 1))
}
