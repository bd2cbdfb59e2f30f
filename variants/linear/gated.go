package linear

import (
	"attnbench/attn"
	"attnbench/internal/kernel"
	"attnbench/internal/par"
)

// gated is the plan of recurrent rules, in one of two forms. In lockstep a block of
// tokens goes through the state one after the other, each row of the state being
// loaded once for several. Chunked, a block meets the state together, for delta
// rules by the WY representation (Yang et al. 2024, DeltaNet, section 3.2): the
// algebra is in internal/kernel/_gen/amd64/gate.go. Delta rules have the latter form only,
// with blocks of one token as their recurrence.
type gated struct {
	par.Parts
	p        attn.Problem
	set      *kernel.Set
	causal   bool
	lockstep bool
	tokens   int // of a block, at most
	m, ldv   int // row strides: M and Dv in whole vectors, the latter in pairs of them
}

// newGated plans the form by its name: "linear" is the faster one of the rule. The
// pairs within a chunk cost more the longer it is, and delta rules compute them twice;
// the passes over the state cost less. Of 8 and 16 tokens these are the faster; in
// lockstep, which has no pairs, of 16, 32 and 64.
func newGated(p attn.Problem, o attn.Options, set *kernel.Set, form string) *gated {
	x := &gated{p: p, set: set, causal: p.VisibilityMask() == attn.Causal(), tokens: 16,
		m: kernel.RoundUp(p.HeadDim, set.Width), ldv: kernel.RoundUp(p.ValueDim, 2*set.Width)}
	switch {
	case !p.Rule.Delta && form != chunkedName:
		x.lockstep, x.tokens = true, 64
		if p.Rule.Decay == attn.DimDecay { // whose factors take as much of the cache as the keys
			x.tokens = 32
		}
	case !p.Rule.Delta:
	case form == recurrentName:
		x.tokens = 1
	default:
		x.tokens = 8
	}
	x.Init(p, o, p.Batch*p.QHeads, x.floats(), x.head)
	return x
}

// gatedState is the state S [M, ldv] of one query head, the number of keys in it,
// and the scratch of a block of T tokens.
type gatedState struct {
	s          []float32
	taken      int
	one        []float32 // [max(m, ldv)] ones: no decay, and the alpha of a sum
	q, k       []float32 // [T, m], rows padded with zeros
	qd, kd, ke []float32 // [T, m], rows scaled by their decays
	decay      []float32 // [T, m]
	total      []float32 // [m]
	x          []float32 // [max(m, ldv, T)], scratch of a kernel
	wq, wk, u  []float32 // [T, ldv]: what S answers, and what enters it
	dq, dk     []float32 // [T, T], products of rows and decayed keys; 0 above the diagonal
	beta       []float32 // [T]
	scale      []float32 // [T], the scale
}

// parts is the scratch of a state.
func (x *gated) parts(st *gatedState) [16]part {
	T, m, ldv := x.tokens, x.m, x.ldv
	return [16]part{
		{&st.one, max(m, ldv)}, {&st.q, T * m}, {&st.k, T * m}, {&st.qd, T * m}, {&st.kd, T * m}, {&st.ke, T * m},
		{&st.decay, T * m}, {&st.total, m}, {&st.x, max(m, ldv, T)}, {&st.wq, T * ldv}, {&st.wk, T * ldv}, {&st.u, T * ldv},
		{&st.dq, T * T}, {&st.dk, T * T}, {&st.beta, T}, {&st.scale, T},
	}
}

// part is a slice of the workspace and its length.
type part struct {
	dst *[]float32
	n   int
}

func (x *gated) floats() int { return x.p.HeadDim*x.ldv + x.scratchFloats() }

func (x *gated) scratchFloats() int {
	total := 0
	for _, part := range x.parts(&gatedState{}) {
		total += part.n
	}
	return total
}

// begin takes the memory from ws, which may hold anything, and the state from
// State0 where it is given.
func (x *gated) begin(st *gatedState, a *attn.Args, ws []float32, b, g int) {
	n := x.p.HeadDim * x.ldv
	st.s = ws[:n:n]
	clear(st.s)
	x.scratch(st, ws[n:], g)
	if a.State0.Data != nil {
		for i := range x.p.HeadDim {
			copy(st.s[i*x.ldv:], a.State0.Row(b, g, i))
		}
	}
}

// scratch takes that of a state of kv head g from the front of ws and returns the rest.
func (x *gated) scratch(st *gatedState, ws []float32, g int) []float32 {
	for _, part := range x.parts(st) {
		*part.dst, ws = ws[:part.n:part.n], ws[part.n:]
		clear(*part.dst)
	}
	for i := range st.one {
		st.one[i] = 1
	}
	if x.p.Rule.Decay == attn.FixedDecay {
		x.spread(st.decay, x.p.LogDecay[g])
	}
	for t := range st.scale {
		st.scale[t] = float32(x.p.Scale.Value(x.p.HeadDim))
	}
	return ws
}

// head is part i of a Forward: one query head from its first row to its last. As
// long as every row sees one key more than the row before, both go through the
// state together; keys before the first row only enter, rows after the last key
// only read.
func (x *gated) head(a *attn.Args, ws []float32, i int) {
	p := &x.p
	b, h := i/p.QHeads, i%p.QHeads
	g := p.KVHead(h)
	var st gatedState
	x.begin(&st, a, ws, b, g)
	for row, n := 0, 0; row < p.QLen; row += n {
		reach := x.reach(b, row)
		before := reach
		if x.causal && reach > st.taken {
			before-- // the last one enters together with the row
		}
		x.fold(&st, a, b, g, before)
		if reach > st.taken {
			n = min(x.tokens, p.QLen-row, p.Keys(b)-st.taken)
			x.next(&st, a, b, h, row, n)
		} else {
			n = 1
			for n < min(x.tokens, p.QLen-row) && x.reach(b, row+n) == st.taken {
				n++
			}
			x.read(&st, a, b, h, row, n)
		}
		par.PreemptionPoint()
	}
	if a.StateN.Data != nil && h == g*(p.QHeads/p.KVHeads) {
		x.fold(&st, a, b, g, p.Keys(b))
		for i := range p.HeadDim {
			copy(a.StateN.Row(b, g, i), st.s[i*x.ldv:])
		}
	}
}

// next takes the next n keys into the state and answers as many query rows.
func (x *gated) next(st *gatedState, a *attn.Args, b, h, row, n int) {
	if x.lockstep {
		x.pass(st, a, b, h, row, n)
	} else {
		x.block(st, a, b, h, row, n)
	}
}

// reach is the number of keys that a query row sees.
func (x *gated) reach(b, row int) int {
	if !x.causal {
		return x.p.Keys(b)
	}
	return max(0, min(x.p.Keys(b), x.p.Start(b)+row+1))
}

// fold takes the keys up to the given one into the state.
func (x *gated) fold(st *gatedState, a *attn.Args, b, g, keys int) {
	for st.taken < keys {
		x.block(st, a, b, g*(x.p.QHeads/x.p.KVHeads), -1, min(x.tokens, keys-st.taken))
		par.PreemptionPoint()
	}
}

// rows returns rows i .. i+n-1 of t with their stride: in place where they are whole
// vectors, else copied to scratch, whose padding stays zero.
func (x *gated) rows(scratch []float32, t attn.Tensor, b, h, i, n int) ([]float32, int) {
	if x.m == x.p.HeadDim {
		return t.From(b, h, i), t.Stride[2]
	}
	for r := range n {
		copy(scratch[r*x.m:], t.Row(b, h, i+r))
	}
	return scratch, x.m
}

// decays returns the factors of the next n keys, [n, m] with their stride.
func (x *gated) decays(st *gatedState, a *attn.Args, b, g, n int) ([]float32, int) {
	d := x.p.HeadDim
	switch x.p.Rule.Decay {
	case attn.DimDecay:
		for t := range n {
			row := st.decay[t*x.m : t*x.m+d]
			copy(row, a.Decay.Row(b, g, st.taken+t))
			x.set.ScaledExp(row, 1, 0, 1)
		}
		return st.decay, x.m
	case attn.HeadDecay:
		for t := range n {
			st.beta[t] = a.Decay.Row(b, g, st.taken+t)[0]
		}
		x.set.ScaledExp(st.beta[:n], 1, 0, 1)
		x.set.Matmul(st.decay, x.m, st.beta, 1, 0, st.one, 0, n, 1, d, nil, kernel.Prefetch{}) // one factor for all dims
		return st.decay, x.m
	case attn.FixedDecay:
		return st.decay, x.m // since begin
	}
	return st.one, 0
}

// spread fills rows with the factor of a log decay.
func (x *gated) spread(rows []float32, log float32) {
	factor := kernel.Exp(log)
	for i := range rows {
		rows[i] = factor
	}
}
