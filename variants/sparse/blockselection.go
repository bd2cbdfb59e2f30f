package sparse

import (
	"attnbench/attn"
	"attnbench/internal/kernel"
	"attnbench/internal/par"
)

// blocks is the key blocks lo .. hi-1.
type blocks struct{ lo, hi int }

// local are the key blocks that hold positions of query block i, empty where no valid
// key stands there.
func (x *selecting) local(b, i int) blocks {
	q0 := x.p.Start(b) + i*x.BlockQ
	q1 := min(q0+x.BlockQ, x.p.Start(b)+x.p.QLen, x.p.Keys(b))
	if q0 = max(q0, 0); q0 >= q1 {
		return blocks{}
	}
	return blocks{q0 / x.BlockK, (q1-1)/x.BlockK + 1}
}

// rivals are the key blocks that compete for a query block: those in runs of its
// mask, without the local ones.
type rivals struct {
	runs   []attn.Run
	local  blocks
	blockK int
}

func (x *selecting) rivals(b, h, i int) rivals {
	return rivals{x.cover.Runs(b, h, i), x.local(b, i), x.BlockK}
}

// each calls visit with ranges of blocks, in order and disjoint.
func (r rivals) each(visit func(lo, hi int)) {
	next := 0
	for _, run := range r.runs {
		lo, hi := max(next, run.Lo/r.blockK), (run.Hi-1)/r.blockK+1
		if before := min(hi, r.local.lo); lo < before {
			visit(lo, before)
		}
		if lo = max(lo, r.local.hi); lo < hi {
			visit(lo, hi)
		}
		next = max(next, hi)
	}
}

func (r rivals) count() int {
	n := 0
	r.each(func(lo, hi int) { n += hi - lo })
	return n
}

// span is the range from the first rival to the last.
func (r rivals) span() blocks {
	var s blocks
	r.each(func(lo, hi int) {
		if s.hi == 0 {
			s.lo = lo
		}
		s.hi = hi
	})
	return s
}

// meansOfPart is how many key blocks a part of the first pass averages, and
// scoredAtOnce how many a product scores, so that either ends soon.
const (
	meansOfPart  = 16
	scoredAtOnce = 512
)

func (x *selecting) keyBlocks() int { return (x.p.KVLen + x.BlockK - 1) / x.BlockK }

// stride is the row stride of a matrix of mean rows: whole vectors, since a product
// may write past D.
func (x *selecting) stride() int {
	return (x.p.HeadDim + x.set.Width - 1) / x.set.Width * x.set.Width
}

func (x *selecting) meanFloats() int {
	return x.p.Batch * x.p.KVHeads * x.keyBlocks() * x.stride()
}

// workerFloats is the scratch of a worker.
func (x *selecting) workerFloats() int {
	L := x.set.Lanes
	return 1 + L*x.stride() + x.p.HeadDim*L + x.keyBlocks()*L + min(x.Keep, x.keyBlocks())
}

func (x *selecting) selectFloats() int { return x.meanFloats() + x.workers*x.workerFloats() }

// choice is one Select on its way through two passes over parts: the mean keys of
// every kv head, once, then panels of L blocks of query rows.
type choice struct {
	*selecting
	a     *attn.Args
	kept  *attn.Selection
	means []float32 // [B, Hkv, key blocks, stride]
	ws    []float32 // of the workers
}

// scratch is what a worker holds, whatever is in it.
type scratch struct {
	factor  []float32 // one element, the factor of a mean
	queries []float32 // mean queries [L, stride]
	qt      []float32 // transposed [D, L]
	scores  []float32 // [key blocks, L]
	best    []float32 // the best scores so far
}

func (c *choice) scratch(worker int) scratch {
	n, L := c.workerFloats(), c.set.Lanes
	ws := c.ws[worker*n : (worker+1)*n]
	take := func(n int) []float32 {
		part := ws[:n:n]
		ws = ws[n:]
		return part
	}
	return scratch{take(1), take(L * c.stride()), take(c.p.HeadDim * L), take(c.keyBlocks() * L), ws}
}

func (x *selecting) choose(a attn.Args, ws []float32) *attn.Selection {
	kept, err := attn.NewSelection(x.p, x.BlockQ, x.BlockK)
	if err != nil {
		panic(err) // Plan tried it
	}
	c := &choice{x, &a, kept, ws[:x.meanFloats()], ws[x.meanFloats():x.selectFloats()]}
	if x.Keep > 0 {
		chunks := (x.keyBlocks() + meansOfPart - 1) / meansOfPart
		x.pool.Run((*meanKeys)(c), x.p.Batch*x.p.KVHeads*chunks, x.workers)
	}
	panels := (x.cover.Blocks() + x.set.Lanes - 1) / x.set.Lanes
	x.pool.Run((*panelsOfBlocks)(c), x.p.Batch*x.p.QHeads*panels, x.workers)
	return kept
}

// mean writes the mean of n rows from src on to dst. factor is scratch.
func (x *selecting) mean(dst, factor, src []float32, ld, n int) {
	factor[0] = 1 / float32(n)
	x.set.Matmul(dst, x.stride(), factor, 0, 0, src, ld, 1, n, x.p.HeadDim, nil, kernel.Prefetch{})
}

type meanKeys choice

// Part implements [attn.Task]: the means of some blocks of valid keys of one kv head.
func (m *meanKeys) Part(worker, i int) {
	c := (*choice)(m)
	n := c.keyBlocks()
	chunks := (n + meansOfPart - 1) / meansOfPart
	head, first := i/chunks, i%chunks*meansOfPart
	b, g := head/c.p.KVHeads, head%c.p.KVHeads
	s := c.scratch(worker)
	for j := first; j < min(first+meansOfPart, n); j++ {
		lo := j * c.BlockK
		if keys := min(c.BlockK, c.p.Keys(b)-lo); keys > 0 {
			c.mean(c.means[(head*n+j)*c.stride():], s.factor, c.a.K.From(b, g, lo), c.a.K.Stride[2], keys)
			par.PreemptionPoint()
		}
	}
}

type panelsOfBlocks choice

// Part implements [attn.Task]: L blocks of query rows of one head.
func (m *panelsOfBlocks) Part(worker, i int) {
	c := (*choice)(m)
	L, n := c.set.Lanes, c.cover.Blocks()
	panels := (n + L - 1) / L
	head, first := i/panels, i%panels*L
	b, h := head/c.p.QHeads, head%c.p.QHeads
	last := min(first+L, n)
	s := c.scratch(worker)
	scored := c.score(s, b, h, first, last)
	for i := first; i < last; i++ {
		kept, local := c.kept.Kept(b, h, i), c.local(b, i)
		keepAll(kept, local.lo, local.hi)
		if r := c.rivals(b, h, i); r.count() <= c.Keep {
			r.each(func(lo, hi int) { keepAll(kept, lo, hi) })
		} else if c.Keep > 0 {
			keepBest(kept, r, s.best[:c.Keep], column{s.scores[i-first:], L, scored})
		}
	}
}

// score fills s.scores with the scores of the query blocks first .. last-1 against all
// key blocks in the range that it returns, which is empty where none must be compared.
func (c *choice) score(s scratch, b, h, first, last int) blocks {
	var span blocks
	for i := first; i < last; i++ {
		r := c.rivals(b, h, i)
		if r.count() <= c.Keep || c.Keep == 0 {
			continue
		}
		own := r.span()
		if span.hi == 0 {
			span = own
		}
		span = blocks{min(span.lo, own.lo), max(span.hi, own.hi)}
	}
	if span.hi == 0 {
		return span
	}
	queries, ld := c.a.Q.From(b, h, first*c.BlockQ), c.a.Q.Stride[2]
	if c.BlockQ > 1 {
		for i := first; i < last; i++ {
			row := i * c.BlockQ
			c.mean(s.queries[(i-first)*c.stride():], s.factor, c.a.Q.From(b, h, row), ld, min(c.BlockQ, c.p.QLen-row))
		}
		queries, ld = s.queries, c.stride()
	}
	L, width := c.set.Lanes, c.set.Width
	c.set.Pack(s.qt, queries, ld, last-first, c.p.HeadDim, float32(c.p.Scale.Value(c.p.HeadDim)))
	lanes := (last - first + width - 1) / width * width
	means := c.means[(b*c.p.KVHeads+c.p.KVHead(h))*c.keyBlocks()*c.stride():]
	for j := span.lo; j < span.hi; j += scoredAtOnce {
		c.set.QK(s.scores[(j-span.lo)*L:], s.qt, means[j*c.stride():], c.stride(), min(scoredAtOnce, span.hi-j), c.p.HeadDim, lanes, kernel.Prefetch{})
		par.PreemptionPoint()
	}
	return span
}
