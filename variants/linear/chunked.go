package linear

import (
	"attnbench/attn"
	"attnbench/internal/kernel"
)

// chunkFloats is the workspace of a head: the state, phi(Q)ᵀ [M, L], Oᵀ [Dv, L],
// the pairwise products Aᵀ [L, L] and the denominators [L].
func (x *plan) chunkFloats() int {
	L := x.set.Lanes
	return x.stateFloats() + L*(2*x.p.HeadDim+x.p.ValueDim+L+1)
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
	var q, qt, o, pairs, den []float32
	for _, part := range []struct {
		dst *[]float32
		n   int
	}{{&q, L * m}, {&qt, m * L}, {&o, dv * L}, {&pairs, L * L}, {&den, L}} {
		*part.dst, ws = ws[:part.n], ws[part.n:]
	}
	for row := 0; row < p.QLen; row += L {
		rows := min(L, p.QLen-row)
		t0 := p.Start(b) + row
		x.foldTo(&st, a, b, g, x.reach(b, t0-1))
		for r := range rows {
			x.set.EluPlus1(q[r*m:(r+1)*m], a.Q.Row(b, h, row+r))
		}
		x.set.Pack(qt, q, m, rows, m, 1)
		clear(o)
		x.set.PV(o, nil, qt, st.s, dv, m, dv)
		x.set.QK(den, qt, st.z, m, 1, m)
		if n := x.reach(b, t0+rows-1) - st.taken; n > 0 {
			x.pairwise(&st, a, b, g, n, t0, rows, qt, o, pairs, den)
			x.fold(&st, a.V, b, g, n)
		}
		for r, d := range den {
			den[r] = x.reciprocal(d)
		}
		x.set.Unpack(a.Out.From(b, h, row), a.Out.Stride[2], o, den, rows, dv)
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
func (x *plan) pairwise(st *state, a *attn.Args, b, g, n, t0, rows int, qt, o, pairs, den []float32) {
	L, m, dv := x.set.Lanes, x.p.HeadDim, x.p.ValueDim
	x.features(st, a.K, b, g, n)
	x.set.QK(pairs, qt, st.phi, m, n, m)
	var vis kernel.Visibility
	for r := range rows {
		if seen := x.reach(b, t0+r) - st.taken; seen > 0 {
			vis.SetRow(r, ^uint64(0)>>(64-min(n, seen)), n)
		}
	}
	vis.Select(pairs, L, n, 0)
	for j := range n {
		for r, weight := range pairs[j*L : (j+1)*L] {
			den[r] += weight
		}
	}
	x.set.PVMasked(o, nil, pairs, a.V.From(b, g, st.taken), a.V.Stride[2], n, dv, &vis)
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
