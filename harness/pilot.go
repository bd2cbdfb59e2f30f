package harness

import (
	"context"
	"math"
	"time"

	"attnbench/attn"
	"attnbench/harness/result"
)

// pilotLens are the lengths of a pilot, which predicts the first point of a curve: the
// pilot takes the longest whose memory is at most pilotBytes.
var pilotLens = []int{256, 32, 1}

const pilotBytes = 256 << 20

// pilot measures one short Forward of pt's curve, on numbers of its own.
func (s *Sweep) pilot(ctx context.Context, pt Point, pred *predictor) error {
	if pred.known(pt) || ctx.Err() != nil {
		return ctx.Err()
	}
	if pt.Phase != "" {
		return s.pilotState(ctx, pt, pred)
	}
	for _, n := range pilotLens {
		short := pt
		short.Problem.QLen = min(n, pt.Problem.QLen)
		short.Problem.KVLen = min(n, pt.Problem.KVLen)
		p, plan, err := s.plan(short)
		if err != nil {
			return nil // the point itself will say so
		}
		if p.MinBytes()+4*int64(plan.Workspace()) <= pilotBytes {
			return s.fly(pt, p, plan, pred)
		}
	}
	return nil
}

// fly runs a pilot and learns the rate of pt's curve from it.
func (s *Sweep) fly(pt Point, p attn.Problem, plan attn.Plan, pred *predictor) error {
	a, err := profile{"gaussian", pt.Seed}.Args(p)
	if err != nil {
		return err
	}
	ws := make([]float32, plan.Workspace())
	var best time.Duration
	for range 2 {
		begin := time.Now()
		if forward(plan, a, ws) != nil {
			return nil // the point itself will say so
		}
		if t := time.Since(begin); best == 0 || t < best {
			best = t
		}
	}
	pred.learn(pt, executed(plan, p), max(best, 1))
	return nil
}

// pilotState measures one short pass of a State's curve.
func (s *Sweep) pilotState(ctx context.Context, pt Point, pred *predictor) error {
	short := pt
	short.Problem.KVLen = min(pilotLens[0], pt.Problem.KVLen)
	if short.Chunk = min(pt.Chunk, short.Problem.KVLen); pt.Chunk > 0 {
		short.Problem.QLen = short.Problem.KVLen
	}
	p, v, o, err := s.context(short)
	if err != nil || short.Problem.KVCacheBytes() > pilotBytes {
		return nil // the point itself will say so
	}
	var r result.Point
	m, err := s.stateRun(short, p, v, o, &r)
	if err != nil {
		return nil
	}
	return m.pilot(ctx, pred)
}

// pilot measures one short pass and learns the rates of the point's curve.
func (m *stateRun) pilot(ctx context.Context, pred *predictor) error {
	begin, n := time.Now(), m.p.KVLen
	best := time.Duration(math.MaxInt64)
	sample := func() (time.Duration, error) { return m.whole(ctx, m.src, n, nil) }
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
	m.expect(m.src, maxPairsChecked)
	m.learn(pred, best, filled+best)
	return nil
}
