package plan

import (
	"math/rand/v2"
	"slices"

	"attnbench/harness/point"
	"attnbench/harness/result"
	"attnbench/harness/visit"
	"attnbench/harness/workload"
)

// maxFailed is how many visits to a point may fail before it is given up: one may be bad luck.
const maxFailed = 2

// cell is a point and what became of it.
type cell struct {
	point.Point
	visits   []result.Visit // in the order made
	over     bool           // no further visit is made
	recorded *result.Point  // as it stands in the record; nil: not recorded
	why      string         // why it was skipped
	gaveWay  bool           // to others, see giveWay
	needs    int64          // predicted bytes of the process of a visit; 0: unknown
}

// visited is what a verdict needs of a point.
func (c *cell) visited() result.Point {
	return result.Point{Key: c.Key(), ISA: c.ISA, Workers: c.Workers, Status: result.StatusOK, Visited: c.visits}
}

// take takes in a visit.
func (c *cell) take(v result.Visit) {
	c.visits = append(c.visits, v)
	switch v.Status {
	case result.StatusOK:
	case result.StatusFailed:
		c.over = c.failed(0) >= maxFailed
	default:
		c.over = true
	}
}

// failed is the number of failed visits that a change of the machine's speed does not excuse;
// peak is the highest of the run, in GFLOP/s.
func (c *cell) failed(peak float64) (n int) {
	for _, v := range c.visits {
		if v.Status == result.StatusFailed && !moved(v, peak) {
			n++
		}
	}
	return n
}

// moved reports whether a visit failed since the machine changed its speed: its samples are
// above the peak beside them, and not above the highest of the run.
func moved(v result.Visit, peak float64) bool {
	if v.Status != result.StatusFailed || len(v.SamplesNS) == 0 || v.FLOPs == 0 {
		return v.Moved
	}
	return float64(v.FLOPs) <= visit.MaxOfPeak*peak*float64(slices.Min(v.SamplesNS))
}

// skip ends a cell that has no visit yet; one that has some keeps these.
func (c *cell) skip(why string) { c.over, c.why = true, why }

// stop is what one visit measures: a point, or the contexts of one series.
type stop struct {
	cells  []*cell
	wanted int // visits before further ones
	want   int // visits, with the further one that comes next
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

// most is the largest number of visits made of a cell that is not over.
func (st *stop) most() (n int) {
	for _, c := range st.cells {
		if !c.over {
			n = max(n, len(c.visits))
		}
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

// group are the stops whose visits take turns: those of one length, and all of States.
type group struct {
	stops []*stop
	next  int // the number of its first further round
	rng   *rand.Rand
}

// wanted is the number of rounds before further ones.
func (g *group) wanted() (n int) {
	for _, st := range g.stops {
		n = max(n, st.wanted)
	}
	return n
}

// group cuts the points into groups, in the order of their first points.
func (s *Sweep) group() []*group {
	type turn struct {
		states bool
		tokens int
	}
	var order []turn
	groups, series := map[turn]*group{}, map[string]*stop{}
	for _, pt := range s.Points {
		kind, _ := workload.KindOf(pt.Workload)
		c := &cell{Point: pt}
		if st := series[pt.Curve()]; kind.Contexts && st != nil {
			st.cells = append(st.cells, c)
			continue
		}
		st := &stop{cells: []*cell{c}}
		key := turn{decoding(pt), tokens(pt)}
		if key.states {
			key.tokens = 0
		}
		if kind.Contexts {
			series[pt.Curve()] = st
		}
		if groups[key] == nil {
			groups[key] = &group{rng: rand.New(rand.NewPCG(s.Seed, uint64(len(order))))}
			order = append(order, key)
		}
		groups[key].stops = append(groups[key].stops, st)
	}
	var list []*group
	for _, key := range order {
		for _, st := range groups[key].stops {
			slices.SortStableFunc(st.cells, func(a, b *cell) int { return tokens(a.Point) - tokens(b.Point) })
			st.wanted = s.Budget.visits(tokens(st.cells[0].Point))
			if s.CheckOnly {
				st.wanted = 1
			}
			st.want = st.wanted
		}
		list = append(list, groups[key])
	}
	return list
}

// resume takes in what an earlier run has. Its visits count, and they alone say whether a point
// is over: a run may be interrupted before the point had all of its visits.
func (s *Sweep) resume() {
	visits := s.Earlier.VisitsOf()
	points := map[string]result.Point{}
	for _, p := range s.Earlier.Points {
		points[p.Key] = p
	}
	for _, g := range s.groups {
		for _, st := range g.stops {
			for _, c := range st.cells {
				key := c.Key()
				for _, v := range visits[key] {
					c.take(v)
					s.roofs.learn(c.Point, v)
					g.next = max(g.next, v.Round+1)
					s.visits++
					s.pred.learn(c.Point, v, v.Number == 0)
					if v.Number == 0 {
						s.memory.learn(c.Point, v)
					}
				}
				// What was skipped has no visits: this run has time and memory of its own.
				if p, known := points[key]; known && (c.over || len(c.visits) >= st.want || len(c.visits) == 0) {
					c.recorded = &p
				}
			}
		}
	}
}
