package workload

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"attnbench/attn"
	"attnbench/harness/check"
	"attnbench/harness/point"
	"attnbench/harness/result"
	"attnbench/harness/source"
	"attnbench/internal/oracle"
)

// sequence is a State that takes tokens, and what decode and prefill share.
type sequence struct {
	Setup
	pt      point.Point
	p       attn.Problem // KVLen is the context
	options attn.Options
	st      attn.State
	src     tokens
	nonce   uint64

	one   attn.Args // of an Extend
	chunk attn.Args // of an Append
	ws    []float32

	verdict check.Verdict
	heads   map[int]bool // that were checked
	atEnd   map[int]bool // that were checked at the longest context that the oracle can afford
	asked   int          // evaluations of the oracle so far
	looked  int          // samples that were looked at
}

// newSequence reads the point. Its error is that of making a State of a single token.
func newSequence(s Setup) (*sequence, error) {
	q := &sequence{Setup: s}
	if err := q.at(s.Points[0]); err != nil {
		return nil, err
	}
	q.nonce, q.options = q.pt.Seed, q.pt.Options()
	one := q.p
	one.QLen, one.KVLen = 1, 1
	_, err := newState(s.Variant, one, q.options)
	return q, err
}

// at is from now on at pt.
func (q *sequence) at(pt point.Point) (err error) {
	q.pt, q.verdict = pt, check.Verdict{}
	q.heads, q.atEnd, q.looked = map[int]bool{}, map[int]bool{}, 0
	q.p, err = point.Problem(pt.Problem)
	return err
}

// prepare makes a State of the given capacity, and room for an Extend of steps rows and for
// Appends.
func (q *sequence) prepare(capacity, steps int) error {
	src, _, err := source.Open(q.pt.Input, q.pt.Seed)
	if err != nil {
		return err
	}
	if q.src, err = newTokens(q.p, src, capacity); err != nil {
		return err
	}
	p := q.p
	p.QLen, p.KVLen = steps, capacity
	if q.st, err = newState(q.Variant, p, q.options); err != nil {
		return err
	}
	q.ws = make([]float32, q.st.Workspace())
	q.one = emptyTokens(q.p, steps)
	p.QHeads = 1 // an Append has no queries
	q.chunk = emptyTokens(p, min(q.src.rows, capacity))
	q.chunk.Q, q.chunk.Out = attn.Tensor{}, attn.Tensor{}
	check.Poison(q.one.Out.Data, q.ws)
	// The system gives memory when it is written: not in the first call that is looked at.
	for _, t := range []attn.Tensor{q.one.Q, q.one.K, q.one.V, q.chunk.K, q.chunk.V} {
		clear(t.Data)
	}
	return nil
}

// Bytes implements [Workload]: inputs and output are those of one Extend.
func (q *sequence) Bytes() Bytes {
	p := q.p
	p.QLen = max(1, q.pt.Chunk)
	p.KVLen = p.QLen
	b := Bytes{Inputs: p.InputBytes(), Output: p.OutputBytes(), Workspace: 4 * int64(len(q.ws))}
	if q.st == nil {
		b.State = q.predicted(q.p.KVLen)
	} else {
		b.State = q.st.Bytes()
	}
	return b
}

// counts is the argument n of Append and Extend: rows of each batch entry, nil for all.
func (q *sequence) counts(rows, of int) []int {
	if rows == of {
		return nil
	}
	return slices.Repeat([]int{rows}, q.p.Batch)
}

// extend times an Extend of q.one. A call that changes its inputs is an error.
func (q *sequence) extend(counts []int) (time.Duration, error) {
	inputs := check.DigestInputs(q.one)
	q.Clock.Start(nil)
	err := extend(q.st, q.one, counts, q.ws)
	t := q.Clock.Stop()
	if changed := inputs.Changed(q.one); err == nil && changed != "" {
		err = errors.New("Extend " + changed)
	}
	return t, err
}

// fill appends tokens until the State holds n of them.
func (q *sequence) fill(ctx context.Context, src tokens, n int) error {
	of := q.chunk.K.Shape[2]
	for q.st.Len(0) < n {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		lo := q.st.Len(0)
		rows := min(of, n-lo)
		src.take(q.chunk, lo, rows)
		if err := appendTo(q.st, q.chunk, q.counts(rows, of)); err != nil {
			return err
		}
		if got := q.st.Len(0); got != lo+rows {
			return fmt.Errorf("Len is %d after %d tokens and %d more", got, lo, rows)
		}
	}
	return nil
}

// reset empties the State.
func (q *sequence) reset() (err error) {
	defer check.Recovered(&err, "Reset ")
	for b := range q.p.Batch {
		q.st.Reset(b)
	}
	return nil
}

// expect evaluates the oracle on rows of the last Extend of n tokens, whose queries are the
// last of them: as many heads as pairs affords, others in each check, and after the full check
// at most as many heads as rows, others in each visit. At most a few rows of a head are taken,
// and under a recurrent rule, where they cost little beside the first, some more.
func (q *sequence) expect(src tokens, n int, pairs int64) check.Rows {
	p := q.p
	p.KVLen = n
	p.QLen = (p.KVLen-1)%q.one.Q.Shape[2] + 1
	count := int(min(int64(q.rows()), pairs/rowPairs(p, p.KVLen)))
	if p.Rule.Kind == attn.Recurrent {
		count = 2 * q.rows()
	}
	rows := oracle.Sample(&p, count, q.pt.Seed)
	heads := p.Batch * p.QHeads
	seed, most := q.pt.Seed, heads
	if !q.Whole {
		seed, most = q.nonce, q.rows()
	}
	order := rand.New(rand.NewPCG(seed, uint64(q.asked))).Perm(heads)
	order = order[:min(most, headsChecked(p, p.KVLen, pairs))]
	rows = slices.DeleteFunc(rows, func(r oracle.Row) bool { return !slices.Contains(order, r.B*p.QHeads+r.H) })
	for _, head := range order {
		q.heads[head] = true
		if p.KVLen >= checkedLen(q.p) {
			q.atEnd[head] = true
		}
	}
	q.asked++
	return check.RowsOf(p, src.expect(p, rows))
}

// pairs bounds the pairs of a check: visits after the full check look at few.
func (q *sequence) pairs() int64 {
	if q.Whole {
		return maxPairsChecked
	}
	return fewPairsChecked
}

// compare holds the last Extend against rows and keeps the worse verdict.
func (q *sequence) compare(c check.Rows, profile, when string) error {
	w := c.Check(q.one.Out.Rows(0, c.Queries()), profile)
	if w.Disagrees != "" {
		w.Disagrees = fmt.Sprintf("%son %s numbers, %d tokens: %s", when, profile, q.st.Len(0), w.Disagrees)
	}
	q.verdict.Keep(w)
	return w.Err()
}

// profile is the name of the timed numbers in records.
func (q *sequence) profile() string { return point.PublicPath(q.pt.Input) }

// Fill implements [Workload].
func (q *sequence) Fill(v *result.Visit) {
	v.Traits = attn.TraitsOf(q.Variant).Words()
	a := q.verdict.Agreement
	if a.Rows == 0 && q.looked == 0 {
		return
	}
	a.Of = int64(q.p.Batch) * int64(q.p.QHeads) * int64(q.p.QLen)
	if at := checkedLen(q.p); at < q.p.KVLen {
		a.Context = at
	}
	a.Heads, a.Samples = len(q.heads), q.looked
	if len(q.atEnd) < len(q.heads) {
		a.HeadsAtEnd = len(q.atEnd)
	}
	v.Agreement = &a
}

// Reseed implements [Workload].
func (q *sequence) Reseed(nonce uint64) { q.nonce = nonce }

// Close implements [Workload].
func (q *sequence) Close() { q.st, q.src, q.chunk = nil, tokens{}, attn.Args{} }
