package linear

import (
	"math"

	"attnbench/attn"
	"attnbench/internal/kernel"
)

// featureChunk is the chunked form of linear rules: a panel of query rows at a time.
// With the chunk's rows at positions t0 .. t0+rows-1:
//
//	Oᵀ  = Sᵀ·phi(Q)ᵀ        keys before t0, through the state
//	Oᵀ += Vᵀ·Aᵀ             keys of the chunk: A = phi(Q)·phi(K)ᵀ where visible, 0 elsewhere
//
// The denominators come from z and from the row sums of A. Then the keys of the chunk fold
// into the state.
type featureChunk struct{ features }

// panelScratch is the scratch of a panel of L query rows. A chunk has at most rows keys.
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

// next takes a panel of rows, and the keys that the panel sees and no row before it.
func (x featureChunk) next(st *state, row int) (before, rows, n int) {
	rows, before = min(x.rows(), st.rows-row), st.reach(row-1)
	return before, rows, st.reach(row+rows-1) - before
}

func (x featureChunk) output(st *state, a *attn.Args, h, row, rows int) {
	x.step(st, a, h, row, rows, 0)
}

// step takes the keys that the state can take at once, and first the rows that see no other.
func (x featureChunk) step(st *state, a *attn.Args, h, row, rows, n int) {
	for {
		taken, seen := 0, rows
		if n > 0 {
			taken = x.keys(st, a, n)
		}
		if taken < n {
			seen = max(0, min(rows, st.taken+taken-(st.start+row)))
		}
		if seen > 0 {
			x.panel(st, a, h, row, seen, taken)
		}
		if taken > 0 {
			x.fold(st, a, taken)
		}
		row, rows, n = row+seen, rows-seen, n-taken
		if n == 0 {
			return
		}
	}
}

// panel writes the outputs of a panel of rows, which see the keys taken, and of the next n
// keys, whose features st.k holds, those up to their own position.
func (x featureChunk) panel(st *state, a *attn.Args, h, row, rows, n int) {
	c, L, m, dv := &st.panel, x.set.Lanes, x.m, x.p.ValueDim
	x.queries(st, st.q, st.eps, a, h, row, rows)
	x.set.Pack(c.qt, st.q, x.ldm, rows, m, 1)
	clear(c.o)
	x.set.PV(c.o, c.one, c.qt, st.s, x.ldv, m, dv, L, kernel.Prefetch{})
	x.set.QK(c.den, c.qt, st.z, x.ldm, 1, m, L, kernel.Prefetch{})
	if n > 0 {
		x.pairwise(st, a, n, row, rows)
	}
	x.reciprocals(c.den[:rows], c.factor, st.eps)
	for r, factor := range c.factor[:rows] {
		if factor == 0 { // an infinite denominator; Unpack takes 0 for a row that saw nothing
			c.factor[r] = float32(math.NaN())
		}
	}
	x.set.Unpack(a.Out.From(st.b, h, row), a.Out.Stride[2], c.o, c.factor, rows, dv)
	x.settle(c.den[:rows], a, st.b, h, row)
}

// pairwise adds the next n keys to the sums of the rows that see them.
func (x featureChunk) pairwise(st *state, a *attn.Args, n, row, rows int) {
	c, L := &st.panel, x.set.Lanes
	x.set.QK(c.pairs, c.qt, st.k, x.ldm, n, x.m, L, kernel.Prefetch{})
	var queries [32]uint64
	first := st.start + row + 1 - st.taken // keys of the chunk that row 0 sees; the next row sees one more
	for r := max(0, 1-first); r < rows; r++ {
		queries[r] = ^uint64(0) >> (64 - min(n, first+r))
	}
	c.vis.Set(&queries)
	for j := range n {
		pairs, den, vis := c.pairs[j*L:(j+1)*L], c.den[:L], c.vis[j]
		for r := range pairs {
			if vis>>r&1 == 0 {
				pairs[r] = 0 // not a product with 0: the pair may be NaN
			}
			den[r] += pairs[r]
		}
	}
	v := a.V.From(st.b, st.g, st.taken)
	x.set.PVMasked(c.o, c.one, c.pairs, v, a.V.Stride[2], n, x.p.ValueDim, 0, L, c.vis, c.strip)
}

// pairFLOPs counts masked pairs too.
func (x featureChunk) pairFLOPs(q sequence) int64 {
	var pairs int64
	for row, rows := 0, 0; row < q.rows; row += rows {
		var n int
		_, rows, n = x.next(&state{sequence: q}, row)
		pairs += int64(rows) * int64(n)
	}
	return 2 * int64(x.m+x.p.ValueDim) * pairs
}
