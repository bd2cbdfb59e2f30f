package workload

import "attnbench/harness/check"

// Prediction is what a point will hold, and what its check holds beside it whatever its length.
type Prediction struct {
	Bytes
	Beside int64
}

// Predict says what a point will hold. Nothing is made but the Plan, or a State of few tokens.
func Predict(s Setup) (p Prediction, err error) {
	defer check.Recovered(&err, "")
	w, err := New(s)
	if err != nil {
		return p, err
	}
	if x, ok := w.(interface{ beside() int64 }); ok {
		p.Beside = x.beside()
	}
	p.Bytes = w.Bytes()
	return p, nil
}

// beside is the block that tokens are made of, chunks of it, its copy on hard numbers, and the
// keys of a head for the oracle.
func (q *sequence) beside() int64 { return 4*4*maxBlockFloats + headBytes(q.p) }

// Capacities from which the bytes of a State of any capacity are predicted.
const (
	shorter = 256
	longer  = 512
)

// predicted is what a State of so many tokens holds: where it does not grow with its capacity,
// what it holds at one at which it is full; else it grows by as much for each token. Where a
// State cannot be made, it is taken to keep every row of K and V.
func (q *sequence) predicted(capacity int) int64 {
	bytes := func(n int) (int64, bool) {
		p := q.p
		p.QLen, p.KVLen = 1, n
		st, err := newState(q.Variant, p, q.options)
		if err != nil {
			return 0, false
		}
		return st.Bytes(), true
	}
	if capacity <= longer || IsFlat(q.Variant, q.p, q.options) {
		if b, ok := bytes(min(capacity, flatFrom)); ok {
			return b
		}
	}
	lo, ok1 := bytes(shorter)
	hi, ok2 := bytes(longer)
	if !ok1 || !ok2 {
		p := q.pt.Problem
		p.KVLen = capacity
		return p.KVCacheBytes()
	}
	return hi + (hi-lo)*int64(capacity-longer)/(longer-shorter)
}
