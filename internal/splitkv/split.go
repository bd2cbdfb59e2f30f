package splitkv

import (
	"attnbench/attn"
	"attnbench/attn/mask"
)

// splitKeys is the number of visible keys in a split. The cuts depend on the visible keys
// alone, so that no result depends on which worker computes which split.
const splitKeys = 4096

// step is a decode step: few query rows a sequence against the cache. It implements
// [attn.Task]: part i is one split of one kv head of one batch entry.
type step struct {
	s      *state
	a      attn.Args
	n      []int
	ws     []float32
	splits int // max of a query

	rows      int           // max of a batch entry
	maskHeads int           // heads with spans of their own: all, or 1 if the mask is the same for all
	spans     [][]mask.Span // [B, rows, maskHeads], what each row sees
	scratch   []mask.Span

	maxSplits     int // of a query at full capacity
	partialFloats int // of a partial result: m, l, o [Dv]
	workers       int // no more than a step has parts
	workerFloats  int
}

func (x *step) init(s *state) {
	x.s = s
	x.rows = min(maxStepRows, s.p.QLen)
	if s.byRow {
		x.rows = s.p.QLen
	}
	keys := s.p.KVLen
	if s.left < keys-s.sinks {
		keys = s.sinks + s.left + 1
	}
	x.maxSplits = 1
	if !s.config.Whole {
		x.maxSplits = (keys + splitKeys - 1) / splitKeys
	}
	x.partialFloats = 2 + s.p.ValueDim
	x.workers = min(max(1, s.o.Workers), s.p.Batch*s.p.KVHeads*x.maxSplits)
	x.workerFloats = s.headGroupFloats()
}

// spanLists is the number of lists of spans, one for each row that sees keys of its own.
func (x *step) spanLists() int { return x.s.p.Batch * x.rows * x.maskHeads }

// floats is the workspace: the scratch of each worker, then all partial results.
func (x *step) floats() int {
	return x.workers*x.workerFloats + x.s.p.Batch*x.s.p.QHeads*x.rows*x.maxSplits*x.partialFloats
}

// run computes the outputs of the batch entries whose chunk is a step. The cache has taken
// the chunk.
func (x *step) run(a *attn.Args, n []int, ws []float32) {
	s := x.s
	x.splits = 0
	for b := range s.lens {
		rows := a.Tokens(n, b)
		if !s.isStep(rows) {
			continue
		}
		for i := range rows {
			for h := range x.maskHeads {
				spans := x.spansOf(b, i, h)
				t := s.lens[b] - rows + i
				if s.streams {
					*spans = mask.StreamSpans((*spans)[:0], s.sinks, s.left, t)
				} else {
					*spans, x.scratch = mask.RowSpans((*spans)[:0], x.scratch, s.p.VisibilityMask(), b, h, t, t+1)
				}
				x.splits = max(x.splits, x.splitsOf(*spans))
			}
		}
	}
	if x.splits == 0 {
		return
	}
	x.a, x.n, x.ws = *a, n, ws
	s.pool.Run(x, s.p.Batch*s.p.KVHeads*x.splits, x.workers)
	for b := range s.lens {
		if rows := a.Tokens(n, b); s.isStep(rows) {
			for i := range rows {
				for h := range s.p.QHeads {
					x.merge(b, h, i)
				}
			}
		}
	}
	x.a, x.n, x.ws = attn.Args{}, nil, nil
}

// spansOf is what row i of batch entry b sees with head h.
func (x *step) spansOf(b, i, h int) *[]mask.Span {
	return &x.spans[(b*x.rows+i)*x.maskHeads+min(h, x.maskHeads-1)]
}

// splitsOf is the number of splits of a query that sees spans; 1 where it sees no key.
func (x *step) splitsOf(spans []mask.Span) int {
	n := 0
	for _, r := range spans {
		n += r.Hi - r.Lo
	}
	return min(x.maxSplits, max(1, (n+splitKeys-1)/splitKeys))
}

// Part implements [attn.Task].
func (x *step) Part(worker, part int) {
	s := x.s
	split := part % x.splits
	g := part / x.splits % s.p.KVHeads
	b := part / x.splits / s.p.KVHeads
	rows := x.a.Tokens(x.n, b)
	if !s.isStep(rows) {
		return
	}
	group := s.p.QHeads / s.p.KVHeads
	ws := x.ws[worker*x.workerFloats : (worker+1)*x.workerFloats]
	for i := range rows {
		for h := g * group; h < (g+1)*group; h += s.heads {
			spans := *x.spansOf(b, i, h)
			if split >= x.splitsOf(spans) {
				continue
			}
			q := s.newHeadGroup(ws, x.a.Q, b, g, h, i, s.lens[b]-rows+i)
			q.walk(spans, split)
			finite := true
			for r := range s.heads {
				finite = q.store(x.partial(b, h+r, i, split), r) && finite
			}
			if finite {
				continue
			}
			q = s.newHeadGroup(ws, x.a.Q, b, g, h, i, s.lens[b]-rows+i)
			q.shrunk = true
			q.walk(spans, split)
			for r := range s.heads {
				q.storeOverflowed(x.partial(b, h+r, i, split), r)
			}
		}
	}
}
