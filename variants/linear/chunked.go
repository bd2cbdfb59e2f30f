package linear

import (
	"attnbench/attn"
	"attnbench/internal/kernel"
)

// chunk is the scratch of L query rows on their way through a chunk.
type chunk struct {
	q     []float32 // phi(Q) [L, M]
	qt    []float32 // phi(Q)ᵀ [M, L]
	o     []float32 // Oᵀ [Dv, L]
	pairs []float32 // Aᵀ [L, L], the pairwise products
	den   []float32 // [L]
	one   []float32 // [L], the alpha of a sum that is not rescaled
	strip []float32
}

func (x *plan) chunkFloats() int {
	L := x.set.Lanes
	return x.stateFloats() + L*(2*x.p.HeadDim+x.p.ValueDim+L+2) + kernel.StripFloats
}

// newChunk takes its memory from ws, which may hold anything.
func (x *plan) newChunk(ws []float32) (c chunk) {
	L, m, dv := x.set.Lanes, x.p.HeadDim, x.p.ValueDim
	for _, part := range []struct {
		dst *[]float32
		n   int
	}{{&c.q, L * m}, {&c.qt, m * L}, {&c.o, dv * L}, {&c.pairs, L * L}, {&c.den, L}, {&c.one, L}, {&c.strip, kernel.StripFloats}} {
		*part.dst, ws = ws[:part.n:part.n], ws[part.n:]
	}
	for r := range c.one {
		c.one[r] = 1
	}
	return c
}

// chunked is part i of a Forward: one query head, L query rows at a time. With
// the chunk's rows at positions t0 .. t0+rows-1:
//
//	Oᵀ  = Sᵀ·phi(Q)ᵀ        keys before t0, through the state
//	Oᵀ += Vᵀ·Aᵀ             keys of the chunk: A = phi(Q)·phi(K)ᵀ where visible, 0 elsewhere
//
// and the denominators likewise with z and the row sums of A. Then the chunk's
// keys fold into the state.
func (x *plan) chunked(a *attn.Args, ws []float32, i int) {
	p, L := &x.p, x.set.Lanes
	b, h := i/p.QHeads, i%p.QHeads
	g, m, dv := p.KVHead(h), p.HeadDim, p.ValueDim
	st, ws := x.newState(ws)
	c := x.newChunk(ws)
	for row := 0; row < p.QLen; row += L {
		rows := min(L, p.QLen-row)
		t0 := p.Start(b) + row
		x.foldTo(&st, a, b, g, x.reach(b, t0-1))
		for r := range rows {
			x.set.EluPlus1(c.q[r*m:(r+1)*m], a.Q.Row(b, h, row+r))
		}
		x.set.Pack(c.qt, c.q, m, rows, m, 1)
		clear(c.o)
		x.set.PV(c.o, c.one, c.qt, st.s, dv, m, dv)
		x.set.QK(c.den, c.qt, st.z, m, 1, m)
		if n := x.reach(b, t0+rows-1) - st.taken; n > 0 {
			x.pairwise(&c, &st, a, b, g, n, t0, rows)
			x.fold(&st, a.V, b, g, n)
		}
		for r, d := range c.den {
			c.den[r] = x.reciprocal(d)
		}
		x.set.Unpack(a.Out.From(b, h, row), a.Out.Stride[2], c.o, c.den, rows, dv)
	}
}

// foldTo takes the keys up to the given one into the state.
func (x *plan) foldTo(st *state, a *attn.Args, b, g, keys int) {
	for st.taken < keys {
		n := min(x.set.Lanes, keys-st.taken)
		x.features(st, a.K, b, g, n)
		x.fold(st, a.V, b, g, n)
	}
}

// pairwise adds the n keys from st.taken on, at most L and each seen by some
// rows of the chunk, and leaves their features in st.phi.
func (x *plan) pairwise(c *chunk, st *state, a *attn.Args, b, g, n, t0, rows int) {
	L, m, dv := x.set.Lanes, x.p.HeadDim, x.p.ValueDim
	x.features(st, a.K, b, g, n)
	x.set.QK(c.pairs, c.qt, st.phi, m, n, m)
	var vis kernel.Visibility
	for r := range rows {
		if seen := x.reach(b, t0+r) - st.taken; seen > 0 {
			vis.SetRow(r, ^uint64(0)>>(64-min(n, seen)), n)
		}
	}
	vis.Select(c.pairs, L, n, 0)
	for j := range n {
		for r, weight := range c.pairs[j*L : (j+1)*L] {
			c.den[r] += weight
		}
	}
	x.set.PVMasked(c.o, c.one, c.pairs, a.V.From(b, g, st.taken), a.V.Stride[2], n, dv, &vis, c.strip)
}

// pairsInChunks counts the (row, key) pairs that the chunked form computes
// directly, masked ones included; the recurrent form computes none.
func (x *plan) pairsInChunks(b int) int64 {
	if x.isRecurrent || !x.causal {
		return 0
	}
	var pairs int64
	for row := 0; row < x.p.QLen; row += x.set.Lanes {
		rows := min(x.set.Lanes, x.p.QLen-row)
		t0 := x.p.Start(b) + row
		pairs += int64(rows) * int64(x.reach(b, t0+rows-1)-x.reach(b, t0-1))
	}
	return pairs
}
