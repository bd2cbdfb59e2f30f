package plan

import (
	"fmt"
	"time"

	"attnbench/harness/point"
	"attnbench/harness/result"
)

// leastVisits are those that a point of a State needs before anything is said of it. Where the
// time does not hold so many to all points, some are skipped, so that the others have them.
const leastVisits = 4

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

// giveWay skips points of States while the time that is left holds no leastVisits visits to
// each: the one that would take most first, of a series its longest context. Curves that
// nothing is known of yet count nothing.
func (s *Sweep) giveWay() {
	if s.CheckOnly || s.Budget.Point > 0 {
		return
	}
	for left := s.left(); ; {
		var all, most time.Duration
		var last *cell
		for _, g := range s.groups {
			if !decoding(g.stops[0].cells[0].Point) {
				continue
			}
			all += s.anchorTime(max(0, leastVisits-g.next))
			for _, st := range g.stops {
				open := st.open()
				for i, c := range open {
					t := s.least(st, c)
					if all += t; i == len(open)-1 && t > most {
						most, last = t, c
					}
				}
			}
		}
		if all <= left || last == nil {
			return
		}
		last.skip(fmt.Sprintf("predicted %s, and %s for %d visits to every point, with %s of the budget of %s left",
			round(most), round(all), leastVisits, round(max(0, left)), s.Budget.Time))
	}
}

// least is the predicted time of the visits that a cell lacks of leastVisits.
func (s *Sweep) least(st *stop, c *cell) (t time.Duration) {
	n := min(st.want, leastVisits) - len(c.visits)
	if n <= 0 || s.pred.rates[c.Curve()].ns == 0 {
		return 0
	}
	if st.whole() {
		t, n = s.pred.part(c.Point, true, s.Budget), n-1
	}
	return t + time.Duration(n)*s.pred.part(c.Point, false, s.Budget)
}
