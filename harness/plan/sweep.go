// Package plan decides what to visit next: the visits of all points of one length take turns
// in random order, round by round, so that drift of the machine falls on all alike; further
// visits go where they tell most. It predicts what would exceed its share of time or memory, and
// sums visits up to points. It times nothing.
package plan

import (
	"context"
	"errors"
	"slices"
	"time"

	"attnbench/attn"
	"attnbench/harness/point"
	"attnbench/harness/result"
	"attnbench/harness/verdict"
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

	// Begin, where not nil, is called before each visit, and Note with a line that says how
	// many visits are made and why further ones come.
	Begin func(Step)
	Note  func(line string)
	// Visited takes every visit as it is made, and Record every point after its last visit; the
	// error of either ends the sweep.
	Visited func(result.Visit) error
	Record  func(result.Point) error

	begin  time.Time
	pred   *predictor
	memory *footprint
	needs  func(point.Point) (bytes int64, ok bool) // of a visit; nil: as memory predicts
	groups []*group
	anchor *anchor // nil: too few rounds to tell anything
	roofs  roofs
	rounds int // made, of all groups
	visits int // made, without those of the anchor
}

// Step is where a sweep stands before a visit.
type Step struct {
	Point   point.Point
	Visits  int           // made so far
	Further string        // why this one is made, behind "where"; empty where all points have as many
	Done    float64       // share of the sweep
	Left    time.Duration // predicted time of the rest, at most
}

// Run visits all points. It returns ctx's error where ctx ended the sweep, and
// [visit.ErrHung] where a visit did: then points that were visited are recorded with the
// visits that they have.
func (s *Sweep) Run(ctx context.Context) error {
	s.begin, s.pred, s.memory = time.Now(), newPredictor(), &footprint{variants: s.Variants}
	s.roofs = newRoofs()
	if s.needs == nil {
		s.needs = s.memory.needs
	}
	s.pred.long = s.Budget.sampleTime()
	s.groups = s.group()
	s.anchor = s.newAnchor()
	s.resume()
	s.resumeAnchor()
	for _, g := range s.groups {
		if err := s.visitAll(ctx, g); err != nil {
			if cutShort(ctx, err) {
				s.recordVisited(g)
			}
			return err
		}
	}
	err := s.further(ctx)
	if err != nil && !cutShort(ctx, err) {
		return err
	}
	for _, g := range s.groups { // again, where another verdict on the machine changes what counts
		if cutShort(ctx, err) {
			s.recordVisited(g)
		} else if err := s.recordAll(g); err != nil {
			return err
		}
	}
	return err
}

// cutShort reports whether the sweep ends early and what it has is to be recorded.
func cutShort(ctx context.Context, err error) bool {
	return ctx.Err() != nil || errors.Is(err, visit.ErrHung)
}

// visit makes one visit, or says why none is made.
func (s *Sweep) visit(ctx context.Context, t turn) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	st := t.stop
	open := st.open()
	if len(open) == 0 {
		return nil
	}
	if s.Begin != nil {
		step := Step{Point: open[0].Point, Visits: s.visits}
		if t.reason != enough {
			step.Further = t.reason.String()
		}
		step.Done, step.Left = s.progress()
		s.Begin(step)
	}
	s.refuseMemory(st)
	if err := s.pilot(ctx, st); err != nil {
		return err
	}
	s.giveWay()
	s.refuseTime(st)
	if open = st.open(); len(open) == 0 {
		return nil
	}
	r := s.request(st)
	visits, err := s.execute(ctx, r)
	if err != nil && !errors.Is(err, visit.ErrHung) {
		return err
	}
	for i, v := range visits {
		c := open[i]
		v.Key, v.Number, v.Round = c.Key(), len(c.visits), t.round
		if s.Visited != nil {
			if err := s.Visited(v); err != nil {
				return err
			}
		}
		c.take(v)
		if hung := v.Status == result.StatusFailed && r.Timeout > 0 && v.Seconds >= r.Timeout.Seconds(); hung {
			c.over = true // it would cost as much again
		}
		s.roofs.learn(c.Point, v)
		s.visits++
		s.pred.learn(c.Point, v, r.Whole)
		if r.Whole {
			s.memory.learn(c.Point, v)
		}
	}
	s.pred.learnSeries(open, visits, r.Whole)
	return err
}

// lastPatience is how long a visit may take to end after ctx has.
const lastPatience = time.Second

// execute makes a visit. Nothing can stop a call in this process: after the end of ctx such a
// visit runs on unattended. A panic of the executor is one of the caller.
func (s *Sweep) execute(ctx context.Context, r visit.Request) ([]result.Visit, error) {
	var visits []result.Visit
	var err error
	ended := visit.Go(func() { visits, err = s.Executor.Visit(ctx, r) })
	select {
	case crash := <-ended:
		crash.Again()
		return visits, err
	case <-ctx.Done():
	}
	select {
	case crash := <-ended:
		crash.Again()
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
	r.Best, r.Bandwidth = s.roofs.peak[engineOf(open[0].Point)], !s.CheckOnly && s.roofs.wantsRead(open[0].Point)
	if r.Whole {
		r.Second = s.pred.visit(st, true, s.Budget) / secondShare
	}
	if !s.CheckOnly {
		r.Samples = s.Budget.samples(open[0].Point)
	}
	return r
}

// record sums a cell up, and records it where it is not in the record as it is now.
func (s *Sweep) record(run verdict.Run, c *cell) error {
	if len(c.visits) == 0 && c.recorded != nil {
		return nil
	}
	r := s.blank(c.Point)
	if len(c.visits) > 0 {
		s.sum(&r, run, c)
	} else {
		r.Status, r.Message, r.PredictedNS = result.StatusSkipped, c.why, int64(s.pred.call(c.Point))
		s.memory.describe(&r, c.Point)
	}
	r.VisitBytes = c.needs
	if old := c.recorded; old != nil && old.Status == r.Status && old.Message == r.Message &&
		slices.Equal(old.VisitMedians, r.VisitMedians) && old.QuietVisits == r.QuietVisits && old.DisturbedVisits == r.DisturbedVisits {
		return nil
	}
	c.recorded = &r
	return s.Record(r)
}

// recordAll records the points of a group.
func (s *Sweep) recordAll(g *group) error {
	run := s.judge()
	for _, st := range g.stops {
		for _, c := range st.cells {
			if err := s.record(run, c); err != nil {
				return err
			}
		}
	}
	return nil
}

// recordVisited records what an interrupted group has; errors are of no use then.
func (s *Sweep) recordVisited(g *group) {
	run := s.judge()
	for _, st := range g.stops {
		for _, c := range st.cells {
			if len(c.visits) > 0 {
				_ = s.record(run, c)
			}
		}
	}
}
