package plan

import (
	"context"
	"time"

	"attnbench/harness/machine"
	"attnbench/harness/point"
	"attnbench/harness/result"
	"attnbench/harness/verdict"
	"attnbench/harness/visit"
	"attnbench/harness/workload"
)

const (
	// pilotLen is the length of a visit that is not recorded and tells the rate of a curve
	// whose first point is large: one of more than pilotWork FLOPs.
	pilotLen  = 256
	pilotWork = 1 << 30
)

// pilot makes a short visit where nothing is known of a large point.
func (s *Sweep) pilot(ctx context.Context, st *stop) error {
	open := st.open()
	if len(open) == 0 || s.pred.known(open[0].Point) || workOf(open[0].Point) < pilotWork {
		return nil
	}
	short := open[0].At(pilotLen)
	short.Chunk = min(short.Chunk, pilotLen)
	if needs, ok := s.needs(short); ok && s.Budget.Memory > 0 && needs > s.Budget.Memory/2 {
		return nil
	}
	visits, err := s.execute(ctx, visit.Request{
		Points: []point.Point{short}, Numbers: []int{0}, Rows: s.Budget.Rows, Memory: s.Budget.Memory,
		Samples: visit.Samples{Min: 1, Want: 1, Max: 1, Time: time.Second}, Timeout: s.timeout(st),
	})
	if err == nil && visits[0].Status == result.StatusOK {
		s.pred.learn(short, visits[0], false)
	}
	return err
}

// refuseMemory skips the cells of a stop whose visit needs more memory than there is.
func (s *Sweep) refuseMemory(st *stop) {
	for _, c := range st.open() {
		c.needs, _ = s.needs(c.Point)
		if why := machine.Lacks(c.needs, s.Budget.Memory); why != "" {
			c.skip(why)
		}
	}
}

// fewer lowers the visits that a point is to have, to the few that make a median, where more
// would exceed its share of time.
func (s *Sweep) fewer(st *stop) {
	pt := st.cells[0].Point
	if s.Budget.Point > 0 || s.CheckOnly || decoding(pt) || st.most() > 0 {
		return
	}
	for st.wanted > verdict.MinQuiet && s.pred.rest(st, s.Budget) > s.Budget.share(pt) {
		st.wanted--
		st.want = st.wanted
	}
}

// refuseTime skips a stop whose visits would exceed their share of time, and ends one whose
// next visit does not fit into what is left. A series loses its longest contexts first.
func (s *Sweep) refuseTime(st *stop) {
	left := s.left()
	s.fewer(st)
	for open := st.open(); len(open) > 0; open = st.open() {
		last := open[len(open)-1]
		all := s.pred.rest(st, s.Budget)
		next := s.pred.visit(st, st.whole(), s.Budget)
		why := s.Budget.refuse(last.Point, all, next, left, st.want-st.made())
		if why == "" {
			return
		}
		last.skip(why)
	}
}

// Bounds of the time after which a visit is ended: a prediction may be wrong by a factor. No
// visit goes on for long after the time of the sweep is over.
const (
	minTimeout   = 15 * time.Second
	timesTimeout = 10
	overtime     = 10 * time.Second
)

// timeout is the time after which a visit is ended.
func (s *Sweep) timeout(st *stop) time.Duration {
	t := s.Budget.share(st.open()[0].Point)
	if s.Budget.Point > 0 {
		return t
	}
	// The first visit to a series of contexts checks all of them, for a time that nothing tells.
	if kind, _ := workload.KindOf(st.cells[0].Workload); s.pred.sure(st) || !kind.Contexts {
		t = min(t, timesTimeout*s.pred.visit(st, st.whole(), s.Budget))
	}
	t = max(minTimeout, t)
	if s.CheckOnly {
		return t
	}
	return min(t, max(overtime, s.Budget.Time-time.Since(s.begin)+overtime))
}

// progress is the share of the sweep that is done, and the predicted time of the rest.
func (s *Sweep) progress() (done float64, left time.Duration) {
	for _, g := range s.groups {
		for _, st := range g.stops {
			left += s.pred.rest(st, s.Budget)
			if further := s.Budget.MaxVisits - max(st.wanted, st.most()); further > 0 && !s.CheckOnly && st.most() > 0 {
				left += time.Duration(further) * s.pred.visit(st, false, s.Budget)
			}
		}
		left += s.anchorTime(max(0, g.wanted()-g.next))
	}
	spent := time.Since(s.begin)
	left = min(left, max(0, s.Budget.Time-spent))
	if spent+left > 0 {
		done = float64(spent) / float64(spent+left)
	}
	return done, left
}
