package plan

import (
	"fmt"
	"slices"
	"time"

	"attnbench/harness/point"
	"attnbench/harness/result"
	"attnbench/harness/verdict"
)

// decoding reports whether a point is of a State: a step or a prefill.
func decoding(pt point.Point) bool {
	return pt.Workload == result.WorkloadDecode || pt.Workload == result.WorkloadPrefill
}

// soon says how early in the first round a stop is visited: steps first, then prefills by
// their length, so that what gives way to all others is known before it is visited.
func (st *stop) soon() int {
	if pt := st.cells[0].Point; pt.Workload == result.WorkloadPrefill {
		return tokens(pt)
	}
	return 0
}

// seen reports whether some visit was made.
func (st *stop) seen() bool {
	return slices.ContainsFunc(st.cells, func(c *cell) bool { return len(c.visits) > 0 })
}

// giveWay skips points of States while the time that is left does not hold the visits to each
// without which nothing can be said of it: the one that would take most first, of a series its longest context. A series not yet
// seen counts as another that was; of a prefill nothing is known before its shortest length.
// What was skipped before others turned out to take less comes back, until it would need a full
// check apart from the other contexts of its series.
func (s *Sweep) giveWay() {
	if s.CheckOnly || s.Budget.Point > 0 {
		return
	}
	for _, g := range s.groups {
		for _, st := range g.stops {
			for _, c := range st.cells {
				if c.gaveWay && !st.seen() {
					c.over, c.gaveWay = false, false // why stands until a visit
				}
			}
		}
	}
	for left := s.left(); ; {
		var all, most time.Duration
		var last *cell
		for _, g := range s.groups {
			if !decoding(g.stops[0].cells[0].Point) {
				continue
			}
			all += s.anchorTime(max(0, verdict.MinSeparate-g.next))
			for _, st := range g.stops {
				open := st.open()
				for i, c := range open {
					t := s.least(st, c)
					all += t
					if i == len(open)-1 && (t > most || t == most && last != nil && tokens(c.Point) > tokens(last.Point)) {
						most, last = t, c
					}
				}
			}
		}
		if all <= left || last == nil {
			return
		}
		why := last.why // the first time says more than the last, when nothing is left
		if why == "" {
			why = fmt.Sprintf("predicted %s, and %s for %d visits to every point, with %s of the budget of %s left",
				round(most), round(all), verdict.MinSeparate, round(max(0, left)), s.Budget.Time)
		}
		last.skip(why)
		last.gaveWay = true
	}
}

// least is the predicted time of the visits that a cell lacks of those.
func (s *Sweep) least(st *stop, c *cell) time.Duration {
	n := min(st.want, verdict.MinSeparate) - len(c.visits)
	whole, later := s.pred.part(c.Point, true, s.Budget), s.pred.part(c.Point, false, s.Budget)
	if s.pred.rates[c.Curve()].ns == 0 {
		if whole, later = 0, 0; c.Workload == result.WorkloadDecode {
			whole, later = s.pred.other, s.pred.other/wholeBeside
		}
	}
	switch {
	case n <= 0:
		return 0
	case st.whole():
		return whole + time.Duration(n-1)*later
	}
	return time.Duration(n) * later
}
