package linear

import (
	"attnbench/attn"
	"attnbench/internal/kernel"
)

// features is the recurrent form of linear rules: see recurrent.go.
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

// fold takes the next n keys into the state. st.k holds their features.
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
	x.reciprocals(st.den[:rows], st.factor)
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
func (x features) reciprocals(den, factor []float32) {
	for t := range den {
		den[t] += x.p.Rule.Eps
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
