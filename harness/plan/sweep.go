// Package plan decides what to visit next: the visits of all points of one length take turns
// in random order, round by round, so that drift of the machine falls on all alike. It predicts
// what would exceed its share of time or memory, and sums visits up to points. It times nothing.
package plan

import (
	"context"
	"math/rand/v2"
	"time"

	"attnbench/attn"
	"attnbench/harness/point"
	"attnbench/harness/result"
	"attnbench/harness/visit"
)

// Sweep visits points.
type Sweep struct {
	Points   []point.Point
	Variants []attn.Variant // those of the points at least
	Executor visit.Executor
	Budget   Budget
	Seed     uint64 // of the order of visits
	// CheckOnly makes one visit of each point, which checks and times nothing.
	CheckOnly bool
	// Earlier is what an earlier run of the same sweep has recorded: this one goes on with it.
	Earlier result.Sweep
	// Repro, where not nil, is the command that repeats a point.
	Repro func(point.Point) string

	// Begin, where not nil, is called before each visit, with the share of the sweep that is
	// done and the predicted time of the rest.
	Begin func(pt point.Point, done float64, left time.Duration)
	// Visited takes every visit as it is made, and Record every point after its last visit; the
	// error of either ends the sweep.
	Visited func(result.Visit) error
	Record  func(result.Point) error

	begin  time.Time
	pred   *predictor
	memory *footprint
	needs  func(point.Point) (bytes int64, ok bool) // of a visit; nil: as memory predicts
	groups []group
	peaks  peaks
}

// Run visits all points. It returns ctx's error where ctx ended the sweep: then points that
// were visited are recorded with the visits that they have.
func (s *Sweep) Run(ctx context.Context) error {
	s.begin, s.pred, s.memory = time.Now(), newPredictor(), &footprint{variants: s.Variants}
	s.peaks = peaks{}
	if s.needs == nil {
		s.needs = s.memory.needs
	}
	s.groups = s.group()
	s.resume()
	for i, g := range s.groups {
		rng := rand.New(rand.NewPCG(s.Seed, uint64(i)))
		if err := s.visitAll(ctx, g, rng); err != nil {
			if ctx.Err() != nil {
				s.recordVisited(g)
			}
			return err
		}
	}
	return nil
}

// visitAll makes the visits of a group in rounds and records its points.
func (s *Sweep) visitAll(ctx context.Context, g group, rng *rand.Rand) error {
	for round := range g.rounds() {
		for _, i := range rng.Perm(len(g)) {
			if st := g[i]; st.made() <= round {
				if err := s.visit(ctx, st); err != nil {
					return err
				}
			}
		}
	}
	for _, st := range g {
		for _, c := range st.cells {
			if err := s.record(c); err != nil {
				return err
			}
		}
	}
	return nil
}

// visit makes one visit, or says why none is made.
func (s *Sweep) visit(ctx context.Context, st *stop) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	open := st.open()
	if len(open) == 0 {
		return nil
	}
	if s.Begin != nil {
		done, left := s.progress()
		s.Begin(open[0].Point, done, left)
	}
	s.refuseMemory(st)
	if err := s.pilot(ctx, st); err != nil {
		return err
	}
	s.refuseTime(st)
	if open = st.open(); len(open) == 0 {
		return nil
	}
	r := s.request(st)
	visits, err := s.execute(ctx, r)
	if err != nil {
		return err
	}
	for i, v := range visits {
		c := open[i]
		v.Key, v.Number = c.Key(), len(c.visits)
		if s.Visited != nil {
			if err := s.Visited(v); err != nil {
				return err
			}
		}
		c.take(v)
		s.peaks.learn(c.Point, v)
		c.recorded = false
		s.pred.learn(c.Point, v, r.Whole)
		if r.Whole {
			s.memory.learn(c.Point, v)
		}
	}
	return nil
}

// lastPatience is how long a visit may take to end after ctx has.
const lastPatience = time.Second

// execute makes a visit. Nothing can stop a call in this process: after the end of ctx such a
// visit runs on unattended.
func (s *Sweep) execute(ctx context.Context, r visit.Request) ([]result.Visit, error) {
	type made struct {
		visits []result.Visit
		err    error
	}
	done := make(chan made, 1)
	go func() {
		visits, err := s.Executor.Visit(ctx, r)
		done <- made{visits, err}
	}()
	select {
	case m := <-done:
		return m.visits, m.err
	case <-ctx.Done():
	}
	select {
	case <-done:
	case <-time.After(lastPatience):
	}
	return nil, ctx.Err()
}

// secondShare: a second way may cost this part of the predicted time of a visit.
const secondShare = 10

// request is the next visit of a stop.
func (s *Sweep) request(st *stop) visit.Request {
	open := st.open()
	r := visit.Request{
		Points: points(open), Numbers: make([]int, len(open)), Whole: st.whole(), Rows: s.Budget.Rows,
		Memory: s.Budget.Memory, Timeout: s.timeout(st),
	}
	for i, c := range open {
		r.Numbers[i] = len(c.visits)
	}
	r.Best, r.Bandwidth = s.peaks[engineOf(open[0].Point)], r.Whole
	if r.Whole {
		r.Second = s.pred.visit(st, true, s.Budget) / secondShare
	}
	if !s.CheckOnly {
		r.Samples = s.Budget.samples(open[0].Point)
	}
	return r
}

// record sums a cell up.
func (s *Sweep) record(c *cell) error {
	if c.recorded {
		return nil
	}
	r := s.blank(c.Point)
	if len(c.visits) > 0 {
		s.sum(&r, c.visits)
	} else {
		r.Status, r.Message, r.PredictedNS = result.StatusSkipped, c.why, int64(s.pred.call(c.Point))
		s.memory.describe(&r, c.Point)
	}
	r.VisitBytes = c.needs
	return s.Record(r)
}

// recordVisited records what an interrupted group has; errors are of no use then.
func (s *Sweep) recordVisited(g group) {
	for _, st := range g {
		for _, c := range st.cells {
			if len(c.visits) > 0 {
				_ = s.record(c)
			}
		}
	}
}
