package harness

import (
	"context"
	"errors"
	"fmt"
	"time"

	"attnbench/attn"
	"attnbench/harness/machine"
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
	reader  *machine.Reader // nil: the bandwidth is not measured
	begin   time.Time
	exact   bool // equal calls give equal bits

	heads     map[int]bool  // that were checked
	atEnd     map[int]bool  // that were checked at checkedLen
	looked    int           // samples that were looked at
	expected  int           // evaluations of the oracle so far
	checkTime time.Duration // that they took
	pairs     int64         // that they evaluated: see rowPairs

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
		v.agreement.Heads, v.agreement.Samples = len(m.heads), m.looked
		if len(m.atEnd) < len(m.heads) {
			v.agreement.HeadsAtEnd = len(m.atEnd)
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

// extend times an Extend of m.one. A call that changes its inputs is an error.
func (m *stateRun) extend(counts []int) (time.Duration, error) {
	inputs := digestInputs(m.one)
	begin := time.Now()
	err := extend(m.st, m.one, counts, m.ws)
	t := time.Since(begin)
	if changed := inputs.changed(m.one); err == nil && changed != "" {
		err = errors.New("Extend " + changed)
	}
	return t, err
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
	pred.learn(m.pt.checking(), m.pairs, max(m.checkTime, 1))
}
