package linear

import (
	"attnbench/attn"
	"attnbench/internal/kernel"
)

// features are linear rules in the recurrent form: see step in recurrent.go.
type features struct{ *shape }

func (x features) memory(st *state) { st.s, st.z = st.take(x.m*x.ldv), st.take(x.ldm) }

func (x features) scratch(st *state, a *attn.Args) {
	st.projection = x.projection
	if x.given {
		if w := st.take(len(x.projection)); a.Projection.Data != nil {
			x.transpose(w, a.Projection)
			st.projection = w
		}
	}
	T := x.tokens
	st.q, st.k = st.takeZeros(T*x.ldm), st.takeZeros(T*x.ldm)
	st.o, st.one = st.take(T*x.ldv), st.takeOnes(x.ldv)
	st.den, st.factor = st.take(T), st.take(T)
}

func (x features) pairFLOPs(sequence) int64 { return 0 }

func (x features) update(st *state, a *attn.Args, n int) {
	x.featureMap(st, st.k, a.K, st.b, st.g, st.taken, n)
	x.fold(st, a, n)
}

// fold takes the n keys whose features st.k holds into the state.
func (x features) fold(st *state, a *attn.Args, n int) {
	v := a.V.From(st.b, st.g, st.taken)
	x.set.Matmul(st.s, x.ldv, st.k, 1, x.ldm, v, a.V.Stride[2], x.m, n, x.p.ValueDim, st.one, kernel.Prefetch{})
	x.set.Normalise(st.den, st.z, st.k, st.k, x.ldm, x.ldm, n)
	st.taken += n
}

func (x features) output(st *state, a *attn.Args, h, row, rows int) {
	x.featureMap(st, st.q, a.Q, st.b, h, row, rows)
	clear(st.k[:rows*x.ldm])
	x.set.Normalise(st.den, st.z, st.q, st.k, x.ldm, x.ldm, rows)
	x.reciprocals(st, rows)
	x.set.Matmul(st.o, x.ldv, st.q, x.ldm, 1, st.s, x.ldv, rows, x.m, x.p.ValueDim, nil, kernel.Prefetch{})
	for t := range rows {
		out := a.Out.Row(st.b, h, row+t)
		o, factor := st.o[t*x.ldv:], st.factor[t]
		for c := range out {
			out[c] = o[c] * factor
		}
		settle(out, st.den[t])
	}
}

// tiny is below which a denominator's reciprocal may be out of range. Such rows are
// multiplied by lift instead and divided afterwards.
const (
	tiny = 0x1p-100
	lift = 0x1p64
)

// reciprocals adds eps to the n denominators and fills st.factor with their
// reciprocals, or lift. settle must follow.
func (x features) reciprocals(st *state, n int) {
	for t, d := range st.den[:n] {
		st.den[t] = d + x.p.Rule.Eps
		st.factor[t] = factorOf(st.den[t])
	}
}

func factorOf(den float32) float32 {
	if den < tiny && den > -tiny {
		return lift
	}
	return 1 / den
}

// settle ends a row that was multiplied by factorOf(den). A denominator of 0 makes the
// row 0, whatever the numerator is.
func settle(row []float32, den float32) {
	switch {
	case den == 0:
		clear(row)
	case factorOf(den) == lift:
		for c := range row {
			row[c] /= den * lift
		}
	}
}
