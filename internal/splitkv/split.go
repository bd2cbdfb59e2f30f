package splitkv

import (
	"attnbench/attn"
)

// splitKeys cuts what a query sees into parts that are computed on their own and merged
// by their LSE (Dao et al. 2023, Flash-Decoding). Where the cuts lie depends on what is
// visible alone, so that results do not depend on who computes what.
const splitKeys = 4096

// step is the answering of few rows a sequence. It implements attn.Task: part i is one
// split of one kv head of one batch entry.
type step struct {
	s      *state
	a      attn.Args
	n      []int
	ws     []float32
	splits int // of the query that has most

	rows    int          // most rows a batch entry
	lists   [][]attn.Run // [B, rows, heads], what each row sees; heads is 1 where the mask does not vary
	scratch []attn.Run

	sinks, left int // of a mask that streams
	streams     bool

	most     int // splits of a query
	partial  int // floats of a partial result: m, l, o [Dv]
	work     int // floats a worker
	partials int // floats of all partial results
}

func (x *step) init(s *state) {
	x.s = s
	x.rows = min(few, s.p.QLen)
	if s.byRow {
		x.rows = s.p.QLen
	}
	x.lists = make([][]attn.Run, s.p.Batch*x.rows*s.listHeads())
	most := s.p.KVLen
	x.sinks, x.left, x.streams = attn.Streaming(s.p.VisibilityMask())
	if x.streams && x.left < most-x.sinks {
		most = x.sinks + x.left + 1
	}
	x.most = 1
	if !s.config.Whole {
		x.most = (most + splitKeys - 1) / splitKeys
	}
	x.partial = 2 + s.p.ValueDim
	x.work = s.queryFloats()
	x.partials = s.p.Batch * s.p.QHeads * x.rows * x.most * x.partial
}

// listHeads is how many lists of visible runs a row has.
func (s *state) listHeads() int {
	if _, varies := s.p.VisibilityMask().Varies(); varies {
		return s.p.QHeads
	}
	return 1
}

func (x *step) floats() int { return x.s.o.Workers*x.work + x.partials }

// run answers the batch entries that took few rows, which the cache holds.
func (x *step) run(a *attn.Args, n []int, ws []float32) {
	s := x.s
	x.splits = 0
	for b := range s.lens {
		rows := rowsOf(a, n, b)
		if !s.isFew(rows) {
			continue
		}
		for i := range rows {
			for h := range s.listHeads() {
				at := x.list(b, i, h)
				t := s.lens[b] - rows + i
				if x.streams {
					*at = streamed((*at)[:0], x.sinks, x.left, t)
				} else {
					*at, x.scratch = visible((*at)[:0], x.scratch, s.p.VisibilityMask(), b, h, t)
				}
				x.splits = max(x.splits, x.splitsOf(*at))
			}
		}
	}
	if x.splits == 0 {
		return
	}
	x.a, x.n, x.ws = *a, n, ws
	s.pool.Run(x, s.p.Batch*s.p.KVHeads*x.splits, s.o.Workers)
	for b := range s.lens {
		if rows := rowsOf(a, n, b); s.isFew(rows) {
			for i := range rows {
				for h := range s.p.QHeads {
					x.merge(b, h, i)
				}
			}
		}
	}
	x.a, x.n, x.ws = attn.Args{}, nil, nil
}

// list is what row i of batch entry b sees with head h.
func (x *step) list(b, i, h int) *[]attn.Run {
	heads := x.s.listHeads()
	return &x.lists[(b*x.rows+i)*heads+min(h, heads-1)]
}

// splitsOf is the number of parts of a query that sees runs, at least one.
func (x *step) splitsOf(runs []attn.Run) int {
	n := 0
	for _, r := range runs {
		n += r.Hi - r.Lo
	}
	return min(x.most, max(1, (n+splitKeys-1)/splitKeys))
}

// result is where one split of one query leaves m, l and o [Dv], not divided by l.
func (x *step) result(b, h, i, split int) []float32 {
	at := x.s.o.Workers*x.work + (((b*x.s.p.QHeads+h)*x.rows+i)*x.most+split)*x.partial
	return x.ws[at : at+x.partial : at+x.partial]
}

// Part implements attn.Task.
func (x *step) Part(worker, part int) {
	s := x.s
	split := part % x.splits
	g := part / x.splits % s.p.KVHeads
	b := part / x.splits / s.p.KVHeads
	rows := rowsOf(&x.a, x.n, b)
	if !s.isFew(rows) {
		return
	}
	group := s.p.QHeads / s.p.KVHeads
	ws := x.ws[worker*x.work : (worker+1)*x.work]
	for i := range rows {
		for h := g * group; h < (g+1)*group; h += s.heads {
			runs := *x.list(b, i, h)
			if split >= x.splitsOf(runs) {
				continue
			}
			q := s.newQueries(ws, x.a.Q, b, g, h, i, s.lens[b]-rows+i)
			if s.config.Whole {
				q.whole(runs)
			} else {
				q.split(runs, split*splitKeys, (split+1)*splitKeys)
			}
			for r := range s.heads {
				q.leave(x.result(b, h+r, i, split), r)
			}
		}
	}
}
