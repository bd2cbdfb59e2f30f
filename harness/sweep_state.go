package harness

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"attnbench/attn"
	"attnbench/harness/machine"
	"attnbench/harness/result"
)

// context returns the Problem, variant and options of a point of a State. The error is
// that of making a State of a single token.
func (s *Sweep) context(pt Point) (p attn.Problem, v attn.Variant, o attn.Options, err error) {
	if p, err = problem(pt.Problem); err != nil {
		return p, nil, o, err
	}
	if v, err = s.variant(pt); err != nil {
		return p, nil, o, err
	}
	o = pt.options()
	one := p
	one.QLen, one.KVLen = 1, 1
	_, err = newState(v, one, o)
	return p, v, o, err
}

func (s *Sweep) predictState(pt Point, pred *predictor) (time.Duration, bool) {
	p, _, _, err := s.context(pt)
	if err != nil {
		return 0, false
	}
	b, t, beside := s.stateTimes(pt, p, pred)
	return b.cost(t) + beside, b.refuse(t, beside, s.Budget.Time) == ""
}

// stateTimes predicts t, the time of one sample, and beside, the time of everything else.
func (s *Sweep) stateTimes(pt Point, p attn.Problem, pred *predictor) (b Budget, t, beside time.Duration) {
	b = s.Budget.of(pt.Phase)
	beside = pred.forward(pt.filling(), int64(p.KVLen)) + pred.forward(pt.checking(), checkedPairs(p, pt.Phase))
	if read := readBytes(p); pt.Phase == result.PhaseDecode && s.measured(pt) != nil && read > s.cache() {
		beside += 2 * bandwidthPasses * machine.PassTime(read)
	}
	return b, pred.forward(pt, stateWork(pt, p)), beside
}

// numbers are the tokens of a point. They depend on shape, decay and delta alone and are
// kept until one of these changes.
func (s *Sweep) numbers(p attn.Problem) (tokens, error) {
	if key := fmt.Sprint(p.Batch, p.QHeads, p.KVHeads, p.HeadDim, p.ValueDim, p.Rule.Decay, p.Rule.Delta); s.tokensKey != key {
		t, err := newTokens(p, s.Source)
		if err != nil {
			return t, err
		}
		s.tokens, s.tokensKey = t, key
	}
	return s.tokens, nil
}

func (s *Sweep) runState(ctx context.Context, pt Point, pred *predictor, left time.Duration) (result.Point, error) {
	r := s.blank(pt)
	r.Chunk = pt.Chunk
	stop := func(status result.Status, message string) (result.Point, error) {
		r.Status, r.Message = status, message
		return r, nil
	}
	p, v, o, err := s.context(pt)
	if err != nil {
		return stop(failure(err))
	}
	begin := time.Now()
	flat := isFlat(v, p, o)
	r.Traits = s.traits(pt)
	chunk := p
	chunk.QLen, chunk.KVLen = pt.steps(), pt.steps()
	r.InputBytes, r.OutputBytes = chunk.InputBytes(), chunk.OutputBytes()
	if pt.Phase == result.PhaseDecode {
		r.ReadBytes = readBytes(p)
	} else {
		r.FLOPs = p.FLOPs()
	}
	limit, beside := s.Budget.Memory, r.InputBytes+r.OutputBytes+headBytes(p)+4*4*maxBlockFloats
	tooLarge := func(state int64) (result.Point, error) {
		return stop(result.StatusSkipped, fmt.Sprintf("predicted %s of memory, %s of it state: more than the %s that a point may hold here",
			gibibytes(state+beside), gibibytes(state), gibibytes(limit)))
	}
	if dense := pt.Problem.KVCacheBytes(); limit > 0 && !flat && dense+beside > limit {
		r.StateBytes = dense
		r.PredictedBytes = r.InputBytes + r.OutputBytes + dense
		return tooLarge(dense)
	}
	b, t, rest := s.stateTimes(pt, p, pred)
	if why := b.refuse(t, rest, left); why != "" {
		return stop(result.StatusSkipped, why)
	}
	runtime.GC() // the State before this one may be as large as half of the memory
	m, err := s.stateRun(pt, p, v, o, &r)
	if err != nil {
		return stop(result.StatusFailed, err.Error())
	}
	r.StateBytes, r.WorkspaceBytes = m.st.Bytes(), 4*int64(len(m.ws))
	r.PredictedBytes = r.InputBytes + r.OutputBytes + r.WorkspaceBytes + r.StateBytes
	beside += r.WorkspaceBytes
	if held := r.StateBytes + beside; limit > 0 && held > limit {
		return tooLarge(r.StateBytes)
	} else if r.ReadBytes > s.cache() && (limit == 0 || held+r.ReadBytes <= limit) {
		m.reader = machine.NewReader(s.measured(pt), pt.Workers, r.ReadBytes)
	}
	m.begin, m.pred = begin, pred
	status, message, err := m.run(ctx)
	if err != nil {
		return r, err
	}
	return stop(status, message)
}

// stateRun makes the State of a point and what it needs to run.
func (s *Sweep) stateRun(pt Point, p attn.Problem, v attn.Variant, o attn.Options, r *result.Point) (*stateRun, error) {
	src, err := s.numbers(p)
	if err != nil {
		return nil, err
	}
	m := &stateRun{pt: pt, p: p, src: src, budget: s.Budget.of(pt.Phase), record: r, heads: map[int]bool{}, atEnd: map[int]bool{}, exact: s.exact(pt)}
	capacity := p
	capacity.QLen = pt.steps()
	if pt.Phase == result.PhaseDecode {
		if m.rewinds = !isFlat(v, p, o) && rewinds(v, p, o); !m.rewinds {
			capacity.KVLen += m.budget.MaxSamples + stepsBeside
		}
	}
	if m.st, err = newState(v, capacity, o); err != nil {
		return nil, err
	}
	m.ws = make([]float32, m.st.Workspace())
	m.one = emptyTokens(p, pt.steps())
	p.QHeads = 1 // an Append has no queries
	m.chunk = emptyTokens(p, min(src.rows, p.KVLen))
	m.chunk.Q, m.chunk.Out = attn.Tensor{}, attn.Tensor{}
	return m, nil
}
