package plan

import (
	"context"
	"time"

	"attnbench/harness/point"
	"attnbench/harness/result"
	"attnbench/harness/verdict"
)

// anchorLen is the longest anchor: a cheap point that is long enough to use all workers.
const anchorLen = 512

// anchor is the point that every round visits once, so that drift and noise of the machine show.
type anchor struct {
	stop   stop // of one cell
	visits []result.Visit
}

// newAnchor is the anchor of a sweep; nil where its rounds are too few to tell anything.
func (s *Sweep) newAnchor() *anchor {
	rounds := 0
	for _, g := range s.groups {
		rounds += g.wanted()
	}
	if rounds < verdict.MinSeparate || s.CheckOnly {
		return nil
	}
	return anchorOf(s.Points)
}

// anchorOf chooses the anchor among points: of the first variant on most workers, the longest
// of up to anchorLen tokens, or else the shortest; where there are States, the shortest context.
func anchorOf(points []point.Point) *anchor {
	best := points[0]
	for _, pt := range points[1:] {
		if pt.Variant == best.Variant && betterAnchor(pt, best) {
			best = pt
		}
	}
	return &anchor{stop: stop{cells: []*cell{{Point: best}}, wanted: 1, want: 1}}
}

func betterAnchor(a, b point.Point) bool {
	switch x, y := tokens(a), tokens(b); {
	case ofState(a) != ofState(b):
		return ofState(a)
	case a.Workers != b.Workers:
		return a.Workers > b.Workers
	case ofState(a) || x > anchorLen || y > anchorLen:
		return x < y
	default:
		return x > y
	}
}

// cell is that of the anchor.
func (a *anchor) cell() *cell { return a.stop.cells[0] }

// resumeAnchor takes in the anchor visits of an earlier run.
func (s *Sweep) resumeAnchor() {
	if s.anchor == nil {
		return
	}
	key := s.anchor.cell().Key()
	for _, v := range s.Earlier.Anchors() {
		if v.Key == key {
			s.anchor.visits = append(s.anchor.visits, v)
			s.roofs.learn(s.anchor.cell().Point, v)
		}
	}
	for _, v := range s.anchor.visits {
		s.rounds = max(s.rounds, v.Round+1)
	}
}

// visitAnchor makes one visit to the anchor, where its time is left.
func (s *Sweep) visitAnchor(ctx context.Context) error {
	if s.anchor == nil || s.anchor.cell().over {
		return nil
	}
	st := &s.anchor.stop
	s.refuseMemory(st)
	if len(st.open()) == 0 || s.pred.visit(st, false, s.Budget) > s.left() || !s.pred.known(st.cells[0].Point) && workOf(st.cells[0].Point) >= pilotWork {
		return nil
	}
	r := s.request(st)
	r.Whole, r.Second, r.Numbers = false, 0, []int{len(s.anchor.visits)}
	visits, err := s.execute(ctx, r)
	if err != nil {
		return err
	}
	v := visits[0]
	v.Key, v.Number, v.Round, v.Anchor = s.anchor.cell().Key(), len(s.anchor.visits), s.rounds, true
	if s.Visited != nil {
		if err := s.Visited(v); err != nil {
			return err
		}
	}
	s.anchor.visits = append(s.anchor.visits, v)
	s.roofs.learn(s.anchor.cell().Point, v)
	s.pred.learn(s.anchor.cell().Point, v, false)
	if v.Status != result.StatusOK && !v.Moved {
		s.anchor.bad()
	}
	return nil
}

// bad ends the anchor after maxFailed visits that went wrong: what is wrong, its point says.
func (a *anchor) bad() {
	n := 0
	for _, v := range a.visits {
		if v.Status != result.StatusOK && !v.Moved {
			n++
		}
	}
	a.cell().over = n >= maxFailed
}

// anchorTime is the predicted time of the anchor visits of that many rounds.
func (s *Sweep) anchorTime(rounds int) time.Duration {
	if s.anchor == nil || s.anchor.cell().over {
		return 0
	}
	return time.Duration(rounds) * s.pred.visit(&s.anchor.stop, false, s.Budget)
}

// left is the time that is left of the budget.
func (s *Sweep) left() time.Duration {
	if s.CheckOnly {
		return s.Budget.Time
	}
	return s.Budget.Time - time.Since(s.begin)
}
