package plan

import (
	"slices"

	"attnbench/harness/point"
	"attnbench/harness/result"
	"attnbench/harness/workload"
)

// maxFailed is how many visits to a point may fail before it is given up: one may be bad luck.
const maxFailed = 2

// cell is a point and what became of it.
type cell struct {
	point.Point
	visits   []result.Visit // in the order made
	over     bool           // no further visit is made
	recorded bool           // by an earlier run, and nothing has been visited since
	why      string         // why it was skipped
	needs    int64          // predicted bytes of the process of a visit; 0: unknown
}

// take takes in a visit.
func (c *cell) take(v result.Visit) {
	c.visits = append(c.visits, v)
	switch v.Status {
	case result.StatusOK:
	case result.StatusFailed:
		failed := 0
		for _, v := range c.visits {
			if v.Status == result.StatusFailed {
				failed++
			}
		}
		c.over = failed >= maxFailed
	default:
		c.over = true
	}
}

// skip ends a cell that has no visit yet; one that has some keeps these.
func (c *cell) skip(why string) { c.over, c.why = true, why }

// stop is what one visit measures: a point, or the contexts of one series.
type stop struct {
	cells []*cell
	want  int // visits
}

// open are the cells that the next visit is of, shortest first.
func (st *stop) open() (list []*cell) {
	for _, c := range st.cells {
		if !c.over && len(c.visits) < st.want {
			list = append(list, c)
		}
	}
	return list
}

// made is the number of visits made of all open cells; want where none is open.
func (st *stop) made() int {
	n := st.want
	for _, c := range st.open() {
		n = min(n, len(c.visits))
	}
	return n
}

// whole reports whether the next visit is to make the full check: none that did was ok.
func (st *stop) whole() bool {
	for _, c := range st.open() {
		if !slices.ContainsFunc(c.visits, func(v result.Visit) bool { return v.Status == result.StatusOK }) {
			return true
		}
	}
	return false
}

// points are those of cells.
func points(cells []*cell) []point.Point {
	list := make([]point.Point, len(cells))
	for i, c := range cells {
		list[i] = c.Point
	}
	return list
}

// group are the stops whose visits take turns: those of one length. Series of contexts take
// turns with each other.
type group []*stop

func (g group) rounds() (n int) {
	for _, st := range g {
		n = max(n, st.want)
	}
	return n
}

// group cuts the points into groups, in the order of their first points.
func (s *Sweep) group() []group {
	type turn struct {
		contexts bool
		tokens   int
	}
	var order []turn
	groups, series := map[turn]group{}, map[string]*stop{}
	for _, pt := range s.Points {
		kind, _ := workload.KindOf(pt.Workload)
		c := &cell{Point: pt}
		if st := series[pt.Curve()]; kind.Contexts && st != nil {
			st.cells = append(st.cells, c)
			continue
		}
		st := &stop{cells: []*cell{c}}
		key := turn{kind.Contexts, tokens(pt)}
		if kind.Contexts {
			series[pt.Curve()], key.tokens = st, 0
		}
		if groups[key] == nil {
			order = append(order, key)
		}
		groups[key] = append(groups[key], st)
	}
	var list []group
	for _, key := range order {
		for _, st := range groups[key] {
			slices.SortStableFunc(st.cells, func(a, b *cell) int { return tokens(a.Point) - tokens(b.Point) })
			st.want = s.Budget.visits(tokens(st.cells[0].Point))
			if s.CheckOnly {
				st.want = 1
			}
		}
		list = append(list, groups[key])
	}
	return list
}

// resume takes in what an earlier run has: its visits count, and a point that it recorded is
// not visited again, unless the run was interrupted before the point had all of its visits.
func (s *Sweep) resume() {
	visits := s.Earlier.VisitsOf()
	points := map[string]result.Point{}
	for _, p := range s.Earlier.Points {
		points[p.Key] = p
	}
	for _, g := range s.groups {
		for _, st := range g {
			for _, c := range st.cells {
				key := c.Key()
				for _, v := range visits[key] {
					c.take(v)
					s.peaks.learn(c.Point, v)
					s.pred.learn(c.Point, v, v.Number == 0)
				}
				p, known := points[key]
				if c.over = c.over || len(c.visits) >= st.want; known && p.Status != result.StatusOK {
					c.over = true
				}
				c.recorded = known && c.over
			}
		}
	}
}
