package linear

import (
	"math"

	"attnbench/attn"
	"attnbench/internal/kernel"
	"attnbench/internal/par"
)

// chunk is the scratch of a panel of query rows on its way through a chunk. The
// chunk is at most block rows, as the features of its keys are.
type chunk struct {
	rows   int
	qt     []float32 // phi(Q)ᵀ [M, L]
	o      []float32 // Oᵀ [Dv, L]
	pairs  []float32 // Aᵀ [rows, L], the pairwise products
	den    []float32 // [L]
	factor []float32 // [L], their reciprocals
	one    []float32 // [L], the alpha of a sum that is not rescaled
	strip  []float32
	vis    kernel.Visibility
}

func (x *plan) chunkRows() int { return min(x.set.Lanes, block) }

func (x *plan) chunkFloats() int {
	L := x.set.Lanes
	return L*(x.features+x.p.ValueDim+x.chunkRows()+3) + kernel.StripFloats + kernel.VisibilityFloats
}

// newChunk takes its memory from ws, which may hold anything.
func (x *plan) newChunk(ws []float32) chunk {
	L, m, dv := x.set.Lanes, x.features, x.p.ValueDim
	c := chunk{rows: x.chunkRows()}
	for _, part := range []struct {
		dst *[]float32
		n   int
	}{{&c.qt, m * L}, {&c.o, dv * L}, {&c.pairs, c.rows * L}, {&c.den, L}, {&c.factor, L}, {&c.one, L}, {&c.strip, kernel.StripFloats}} {
		*part.dst, ws = ws[:part.n:part.n], ws[part.n:]
	}
	c.vis = kernel.NewVisibility(ws)
	for r := range c.one {
		c.one[r] = 1
	}
	return c
}

// chunked is part i of a Forward: one query head, a panel of query rows at a
// time. With the chunk's rows at positions t0 .. t0+rows-1:
//
//	Oᵀ  = Sᵀ·phi(Q)ᵀ        keys before t0, through the state
//	Oᵀ += Vᵀ·Aᵀ             keys of the chunk: A = phi(Q)·phi(K)ᵀ where visible, 0 elsewhere
//
// and the denominators likewise with z and the row sums of A. Then the chunk's
// keys fold into the state.
func (x *plan) chunked(a *attn.Args, ws []float32, i int) {
	p, L := &x.p, x.set.Lanes
	b, h := i/p.QHeads, i%p.QHeads
	g, m, dv := p.KVHead(h), x.features, p.ValueDim
	st, ws := x.newState(a, ws, b, g)
	c := x.newChunk(ws)
	for row := 0; row < p.QLen; row += c.rows {
		rows := min(c.rows, p.QLen-row)
		t0 := p.Start(b) + row
		x.foldTo(&st, a, b, g, x.reach(b, t0-1))
		x.mapRows(&st, st.q, a.Q, b, h, row, rows)
		x.set.Pack(c.qt, st.q, x.m, rows, m, 1)
		clear(c.o)
		x.set.PV(c.o, c.one, c.qt, st.s, x.lds, m, dv, L, kernel.Prefetch{})
		x.set.QK(c.den, c.qt, st.z, x.m, 1, m, L, kernel.Prefetch{})
		if n := x.reach(b, t0+rows-1) - st.taken; n > 0 {
			x.pairwise(&c, &st, a, b, g, n, t0, rows)
			x.fold(&st, a.V, b, g, n)
		}
		for r, d := range c.den[:rows] {
			c.den[r] = d + p.Rule.Eps
			c.factor[r] = factorOf(c.den[r])
			if c.factor[r] == 0 { // an infinite denominator; Unpack takes 0 for a row that saw nothing
				c.factor[r] = float32(math.NaN())
			}
		}
		x.set.Unpack(a.Out.From(b, h, row), a.Out.Stride[2], c.o, c.factor, rows, dv)
		for r, d := range c.den[:rows] {
			settle(a.Out.Row(b, h, row+r), d)
		}
		par.PreemptionPoint()
	}
	x.leave(&st, a, b, h, g)
}

// pairwise adds the n keys from st.taken on, at most a chunk and each seen by
// some rows of it, and leaves their features in st.k.
func (x *plan) pairwise(c *chunk, st *state, a *attn.Args, b, g, n, t0, rows int) {
	L, m, dv := x.set.Lanes, x.features, x.p.ValueDim
	x.mapRows(st, st.k, a.K, b, g, st.taken, n)
	x.set.QK(c.pairs, c.qt, st.k, x.m, n, m, L, kernel.Prefetch{})
	var queries [32]uint64
	for r := range rows {
		if seen := x.reach(b, t0+r) - st.taken; seen > 0 {
			queries[r] = ^uint64(0) >> (64 - min(n, seen))
		}
	}
	c.vis.Set(&queries)
	for j := range n {
		row := c.pairs[j*L : (j+1)*L]
		for r := range row {
			if c.vis[j]>>r&1 == 0 {
				row[r] = 0 // a select: what stood there may be NaN
			}
			c.den[r] += row[r]
		}
	}
	x.set.PVMasked(c.o, c.one, c.pairs, a.V.From(b, g, st.taken), a.V.Stride[2], n, dv, 0, L, c.vis, c.strip)
}

// pairsInChunks counts the (row, key) pairs that the chunked form computes
// directly, masked ones included; the recurrent form computes none.
func (x *plan) pairsInChunks(b int) int64 {
	if !x.isChunked || !x.causal {
		return 0
	}
	var pairs int64
	for row := 0; row < x.p.QLen; row += x.chunkRows() {
		rows := min(x.chunkRows(), x.p.QLen-row)
		t0 := x.p.Start(b) + row
		pairs += int64(rows) * int64(x.reach(b, t0+rows-1)-x.reach(b, t0-1))
	}
	return pairs
}
