package sparse

import (
	"cmp"

	"attnbench/attn"
	"attnbench/attn/mask"
	"attnbench/internal/kernel"
	"attnbench/internal/par"
)

// Both keep parts and products short.
const (
	meansOfPart  = 16  // key blocks whose means one part computes
	scoredAtOnce = 512 // key blocks that one product scores
)

func (x *selecting) keyBlocks() int { return (x.p.KVLen + x.BlockK - 1) / x.BlockK }

// stride is the row stride of a matrix of mean rows: whole vectors, since a product
// may write past D.
func (x *selecting) stride() int { return kernel.RoundUp(x.p.HeadDim, x.set.Width) }

func (x *selecting) meanFloats() int { return x.p.Batch * x.p.KVHeads * x.keyBlocks() * x.stride() }

// workerFloats is the scratch of a worker.
func (x *selecting) workerFloats() int {
	L := x.set.Lanes
	return 1 + L*x.stride() + x.p.HeadDim*L + x.keyBlocks()*L + min(x.Keep, x.keyBlocks())
}

// meanParts and panels are the parts of the two passes of a choice.
func (x *selecting) meanParts() int {
	return x.p.Batch * x.p.KVHeads * ((x.keyBlocks() + meansOfPart - 1) / meansOfPart)
}

func (x *selecting) panels() int {
	rows := x.BlockQ * x.set.Lanes
	return x.p.Batch * x.p.QHeads * ((x.p.QLen + rows - 1) / rows)
}

// checkSize reports what takes more than attn.MaxBytes: the selection, the lists of what a
// panel visits under it, and the workspace.
func (x *selecting) checkSize() error {
	p, blocks := &x.p, x.keyBlocks()
	rows := (p.QLen + x.BlockQ - 1) / x.BlockQ
	visited := min(blocks, (x.set.Lanes/x.BlockQ+2)*(min(x.Keep, blocks)+x.BlockQ/x.BlockK+2))
	const word, span = 8, 24 // bytes
	return cmp.Or(
		attn.CheckBytes("Batch, QHeads, QLen and KVLen", "the selection", p.Batch, p.QHeads, rows, (blocks+63)/64, word),
		attn.CheckBytes("Batch, QHeads, QLen and KVLen", "the lists of kept blocks", p.Batch, p.QHeads, (p.QLen+x.set.Lanes-1)/x.set.Lanes, visited, span),
		p.CheckBlockMask(x.BlockQ),
		attn.CheckFloats("Batch, KVHeads, KVLen and HeadDim", "the mean keys", p.Batch, p.KVHeads, blocks, x.stride()),
		attn.CheckFloats("Workers", "the workspace", x.workers, x.workerFloats()),
		attn.CheckFloats("Workers", "the workspace", x.selectFloats()),
	)
}

func (x *selecting) selectFloats() int { return x.meanFloats() + x.workers*x.workerFloats() }

// choice is one Select, in two passes over parts: the mean keys of every kv head, then
// panels of L blocks of query rows.
type choice struct {
	*selecting
	a     *attn.Args
	kept  *mask.Selection
	means []float32 // [B, Hkv, key blocks, stride]
	ws    []float32 // of the workers
}

// scratch is the memory of a worker. It may hold anything.
type scratch struct {
	factor  []float32 // one element, the factor of a mean
	queries []float32 // mean queries [L, stride]
	qt      []float32 // transposed [D, L]
	scores  []float32 // [key blocks, L]
	heap    []float32 // the highest scores so far
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

func (x *selecting) choose(a attn.Args, ws []float32) *mask.Selection {
	kept, err := mask.NewSelection(x.p.Shape(), x.BlockQ, x.BlockK)
	if err != nil {
		panic(err) // Plan tried it
	}
	c := &choice{x, &a, kept, ws[:x.meanFloats()], ws[x.meanFloats():x.selectFloats()]}
	if x.Keep > 0 {
		x.pool.Run((*meanKeys)(c), x.meanParts(), x.workers)
	}
	x.pool.Run((*panelsOfBlocks)(c), x.panels(), x.workers)
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
	parts := (n + meansOfPart - 1) / meansOfPart
	head, first := i/parts, i%parts*meansOfPart
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
		if r := c.candidates(b, h, i); r.count() <= c.Keep {
			r.each(func(lo, hi int) { keepAll(kept, lo, hi) })
		} else if c.Keep > 0 {
			keepTopK(kept, r, s.heap[:c.Keep], column{s.scores[i-first:], L, scored})
		}
	}
}

// score fills s.scores with the scores of the query blocks first .. last-1 against the range
// of key blocks that it returns. The range is empty if no candidates must be compared.
func (c *choice) score(s scratch, b, h, first, last int) blocks {
	var hull blocks
	for i := first; i < last; i++ {
		r := c.candidates(b, h, i)
		if r.count() <= c.Keep || c.Keep == 0 {
			continue
		}
		own := r.hull()
		if hull.hi == 0 {
			hull = own
		}
		hull = blocks{min(hull.lo, own.lo), max(hull.hi, own.hi)}
	}
	if hull.hi == 0 {
		return hull
	}
	queries, ld := c.a.Q.From(b, h, first*c.BlockQ), c.a.Q.Stride[2]
	if c.BlockQ > 1 {
		for i := first; i < last; i++ {
			row := i * c.BlockQ
			c.mean(s.queries[(i-first)*c.stride():], s.factor, c.a.Q.From(b, h, row), ld, min(c.BlockQ, c.p.QLen-row))
		}
		queries, ld = s.queries, c.stride()
	}
	L := c.set.Lanes
	c.set.Pack(s.qt, queries, ld, last-first, c.p.HeadDim, float32(c.p.Scale.Value(c.p.HeadDim)))
	lanes := kernel.RoundUp(last-first, c.set.Width)
	means := c.means[(b*c.p.KVHeads+c.p.KVHead(h))*c.keyBlocks()*c.stride():]
	for j := hull.lo; j < hull.hi; j += scoredAtOnce {
		c.set.QK(s.scores[(j-hull.lo)*L:], s.qt, means[j*c.stride():], c.stride(), min(scoredAtOnce, hull.hi-j), c.p.HeadDim, lanes, kernel.Prefetch{})
		par.PreemptionPoint()
	}
	return hull
}
