package linear

import (
	"math"

	"attnbench/attn"
	"attnbench/internal/kernel"
)

// featureChunk is the chunked form of linear rules: panels of query rows meet a chunk of keys
// at a time. With the chunk's rows at positions t0 .. t0+rows-1:
//
//	Oᵀ  = Sᵀ·phi(Q)ᵀ        keys before t0, through the state
//	Oᵀ += Vᵀ·Aᵀ             keys of the chunk: A = phi(Q)·phi(K)ᵀ where visible, 0 elsewhere
//
// The denominators come from z and from the row sums of A. Then the keys of the chunk fold
// into the state. Where a panel has lanes for the chunk's rows of several query heads, lane
// k·rows + r is row r of head k.
type featureChunk struct{ features }

// panelScratch is the scratch of a panel of L lanes.
type panelScratch struct {
	qt     []float32 // phi(Q)ᵀ [M, L]
	o      []float32 // Oᵀ [Dv, L]
	pairs  []float32 // Aᵀ [rows, L], the pairwise products
	den    []float32 // [L]
	factor []float32 // [L], their reciprocals
	one    []float32 // [L], the alpha of a sum that is not rescaled
	strip  []float32
	vis    kernel.Visibility
}

// rows is the length of a chunk: a panel of query rows, or a block of keys if that is shorter.
func (x featureChunk) rows() int { return min(x.set.Lanes, x.tokens) }

func (x featureChunk) heads(left int) int { return left }

func (x featureChunk) scratch(st *state, a *attn.Args) {
	x.features.scratch(st, a)
	L, c := x.set.Lanes, &st.panel
	c.qt, c.o, c.pairs = st.take(x.m*L), st.take(x.p.ValueDim*L), st.take(x.rows()*L)
	c.den, c.factor, c.one = st.take(L), st.take(L), st.takeOnes(L)
	c.strip = st.take(kernel.StripFloats)
	if vis := st.take(kernel.VisibilityFloats); vis != nil {
		c.vis = kernel.NewVisibility(vis)
	}
}

// next takes a chunk of rows, and the keys that the rows see and no row before them.
func (x featureChunk) next(st *state, row int) (before, rows, n int) {
	rows, before = min(x.rows(), st.rows-row), st.reach(row-1)
	return before, rows, st.reach(row+rows-1) - before
}

func (x featureChunk) output(st *state, a *attn.Args, h, row, rows int) {
	x.panel(st, a, h, 1, row, rows, 0)
}

// block takes the keys that the state can take at once, and first the rows that see no others.
func (x featureChunk) block(st *state, a *attn.Args, row, rows, n int) {
	for n > 0 {
		taken, seen := x.keys(st, a, n), rows
		if taken < n {
			seen = max(0, min(rows, st.taken+taken-(st.start+row)))
		}
		for h, heads := 0, 0; seen > 0 && h < st.of; h += heads {
			heads = min(st.of-h, x.set.Lanes/seen)
			x.panel(st, a, st.h+h, heads, row, seen, taken)
		}
		x.fold(st, a, taken)
		row, rows, n = row+seen, rows-seen, n-taken
	}
}

// panel writes the outputs of rows of query heads from h on. The rows see the keys taken, and
// of the next n keys, whose features st.k holds, those up to their own position.
func (x featureChunk) panel(st *state, a *attn.Args, h, heads, row, rows, n int) {
	c, m, dv := &st.panel, x.m, x.p.ValueDim
	for k := range heads {
		x.queries(st, st.q[k*rows*x.ldm:], st.eps[k*rows:], a, h+k, row, rows)
	}
	used := heads * rows
	lanes := kernel.RoundUp(used, x.set.Width)
	x.set.Pack(c.qt, st.q, x.ldm, lanes, m, 1)
	clear(c.o)
	x.set.PV(c.o, c.one, c.qt, st.s, x.ldv, m, dv, lanes, kernel.Prefetch{})
	x.set.QK(c.den, c.qt, st.z, x.ldm, 1, m, lanes, kernel.Prefetch{})
	if n > 0 {
		x.pairwise(st, a, n, heads, row, rows)
	}
	x.reciprocals(c.den[:used], c.factor, st.eps)
	for r, factor := range c.factor[:used] {
		if factor == 0 { // an infinite denominator; Unpack takes 0 for a row that saw nothing
			c.factor[r] = float32(math.NaN())
		}
	}
	clear(c.factor[used:])
	x.set.Unpack(st.o, x.ldv, c.o, c.factor, lanes, dv)
	for k := range heads {
		for r := range rows {
			copy(a.Out.Row(st.b, h+k, row+r), st.o[(k*rows+r)*x.ldv:])
		}
		x.settle(c.den[k*rows:(k+1)*rows], a, st.b, h+k, row)
	}
}

// pairwise adds the next n keys to the sums of the rows that see them.
func (x featureChunk) pairwise(st *state, a *attn.Args, n, heads, row, rows int) {
	c, L := &st.panel, x.set.Lanes
	lanes := kernel.RoundUp(heads*rows, x.set.Width)
	x.set.QK(c.pairs, c.qt, st.k, x.ldm, n, x.m, lanes, kernel.Prefetch{})
	var queries [32]uint64
	first := st.start + row + 1 - st.taken // keys of the chunk that row 0 sees; the next row sees one more
	for r := range rows {
		if seen := min(n, first+r); seen > 0 {
			for k := range heads {
				queries[k*rows+r] = ^uint64(0) >> (64 - seen)
			}
		}
	}
	c.vis.Set(&queries)
	for j := range n {
		for k := range heads { // not a product with 0: the pair may be NaN
			hidden := max(0, min(rows, j+1-first))
			clear(c.pairs[j*L+k*rows : j*L+k*rows+hidden])
		}
	}
	x.set.Matmul(c.den, L, c.one, 0, 0, c.pairs, L, 1, n, lanes, c.one, kernel.Prefetch{})
	v := a.V.From(st.b, st.g, st.taken)
	x.set.PVMasked(c.o, c.one, c.pairs, v, a.V.Stride[2], n, x.p.ValueDim, 0, lanes, c.vis, c.strip)
}

// pairFLOPs counts masked pairs too.
func (x featureChunk) pairFLOPs(q sequence, heads int) int64 {
	var pairs int64
	for row, rows := 0, 0; row < q.rows; row += rows {
		var n int
		_, rows, n = x.next(&state{sequence: q}, row)
		pairs += int64(rows) * int64(n)
	}
	return 2 * int64(x.m+x.p.ValueDim) * pairs * int64(heads)
}
