package linear

import (
	"attnbench/attn"
	"attnbench/internal/kernel"
)

// features is the recurrent form of linear rules: see recurrent.go.
type features struct{ *shape }

func (x features) memory(st *state) {
	st.s, st.z = st.take(x.m*x.ldv), st.take(x.ldm)
	if x.p.Rule.Feature == attn.Favor {
		st.favor.ref, st.favor.offset = st.take(x.ldm), st.take(x.set.Width)
	}
}

func (x features) empty(st *state) {
	clear(st.s)
	clear(st.z)
	st.favor.empty()
}

func (x features) load(st *state, a *attn.Args, b int) {
	if x.p.Rule.Feature == attn.Favor {
		x.favorLoad(st, a, b)
		return
	}
	copy(st.z, a.Norm0.Row(b, st.g, 0))
	for i := range x.m {
		copy(st.s[i*x.ldv:], a.State0.Row(b, st.g, i))
	}
}

func (x features) store(st *state, a *attn.Args, b int) {
	if x.p.Rule.Feature == attn.Favor {
		x.favorStore(st, a, b)
		return
	}
	copy(a.NormN.Row(b, st.g, 0), st.z)
	for i := range x.m {
		copy(a.StateN.Row(b, st.g, i), st.s[i*x.ldv:])
	}
}

func (x features) scratch(st *state, a *attn.Args) {
	st.projection = x.projection
	if x.given {
		if w := st.take(len(x.projection)); a.Projection.Data != nil {
			x.transpose(w, a.Projection)
			st.projection = w
		}
	}
	T := x.tokens
	rows := max(T, x.rowsPerBlock*together(x.group), x.set.Lanes)
	st.q, st.k = st.takeZeros(rows*x.ldm), st.takeZeros(T*x.ldm)
	st.o, st.one = st.take(max(T, x.set.Lanes)*x.ldv), st.takeOnes(max(x.ldm, x.ldv))
	st.den, st.factor, st.eps, st.sums = st.take(rows), st.take(rows), st.take(rows), st.take(x.ldm)
	for t := range st.eps {
		st.eps[t] = x.p.Rule.Eps
	}
	if x.p.Rule.Feature == attn.Favor {
		st.favor.minus = st.take(x.ldm)
		for i := range st.favor.minus {
			st.favor.minus[i] = -1
		}
	}
}

func (x features) pairFLOPs(sequence, int) int64 { return 0 }

func (x features) update(st *state, a *attn.Args, n int) {
	for n > 0 {
		taken := x.keys(st, a, n)
		x.fold(st, a, taken)
		n -= taken
	}
}

// fold takes the next n keys into the state. st.k holds their features.
func (x features) fold(st *state, a *attn.Args, n int) {
	v := a.V.From(st.b, st.g, st.taken)
	x.set.Matmul(st.s, x.ldv, st.k, 1, x.ldm, v, a.V.Stride[2], x.m, n, x.p.ValueDim, st.one, kernel.Prefetch{})
	x.set.Normalise(st.den, st.z, st.k, st.k, x.ldm, x.ldm, n)
	st.taken += n
}

func (x features) output(st *state, a *attn.Args, h, row, rows int) {
	x.queries(st, st.q, st.eps, a, h, row, rows)
	clear(st.k[:rows*x.ldm])
	x.set.Normalise(st.den, st.z, st.q, st.k, x.ldm, x.ldm, rows)
	x.reciprocals(st.den[:rows], st.factor, st.eps)
	x.read(st, a, h, row, rows, st.q, x.ldm)
	x.settle(st.den[:rows], a, st.b, h, row)
}

// Below tiny, the reciprocal of a denominator may overflow. The kernels multiply such a row by
// lift instead, and settle divides the row by den·lift.
const (
	tiny = 0x1p-100
	lift = 0x1p64
)

// reciprocals adds eps to the denominators, and writes the reciprocal of each, or lift, to
// factor. settle must follow.
func (x features) reciprocals(den, factor, eps []float32) {
	for t := range den {
		den[t] += eps[t]
		factor[t] = factorOf(den[t])
	}
}

func factorOf(den float32) float32 {
	if den < tiny && den > -tiny {
		return lift
	}
	return 1 / den
}

// settle finishes outputs from row on that a kernel has multiplied by factorOf(den). A
// denominator of 0 makes an output 0, whatever the numerator is.
func (x features) settle(den []float32, a *attn.Args, b, h, row int) {
	for t, d := range den {
		switch out := a.Out.Row(b, h, row+t); {
		case d == 0:
			clear(out)
		case factorOf(d) == lift:
			for c := range out {
				out[c] /= d * lift
			}
		}
	}
}
