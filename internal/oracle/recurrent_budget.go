package oracle

import (
	"math"
	"slices"

	"attnbench/attn"
)

// expectRecurrent evaluates rows, in rising order, of one head in one pass over the keys.
func expectRecurrent(p *attn.Problem, a *attn.Args, b, h int, rows []int) []Expected {
	list, single := make([]Expected, len(rows)), make([]float32, p.ValueDim)
	st, st32 := newState[float64](p, a, b, h), newState[float32](p, a, b, h)
	slips := make([]float64, p.ValueDim)
	for n, row := range rows {
		e := &list[n]
		*e = Expected{Row: Row{b, h, row}, Out: make([]float64, p.ValueDim)}
		for st.taken < st.seen(row) {
			updateSlips(st, slips)
		}
		st.output(row, e.Out)
		e.Budget = u * math.Abs(p.Scale.Value(p.HeadDim)) * recurrentBound(st, row, slips, e.Out)
		st32.recurrent(row, single)
		e.allow(single)
	}
	return list
}

// recurrentBound is the bound of a row's error, in units of u·|scale|:
//
//	max_c(2·|q|·slip_c + 6·Σ_i |q_i S_ic|)
//
// slip_c is how far column c of the state may be off (see updateSlips); the last term is
// the rounding of the output itself.
func recurrentBound(st *state[float64], row int, slips, out []float64) (bound float64) {
	q := wide[float64](st.a.Q.Row(st.b, st.h, row))
	length := math.Sqrt(dot(q, q))
	for c := range out {
		size := 2 * length * slips[c]
		for i, x := range q {
			size += 6 * math.Abs(x*st.s[i][c])
		}
		if finite(out[c]) {
			bound = larger(bound, size)
		}
	}
	return bound
}

// updateSlips is update, and adds the roundings of the step to slips [Dv]. A step rounds
// column c of S by u·|S_c|, and the update of the column by u·|k|·sizes_c: sizes are the
// magnitudes of the terms of the value. The decay shrinks the slip so far, and a delta
// rule's I - beta·k kᵀ does not lengthen it. Roundings of different steps are independent,
// so that their squares add.
func updateSlips(st *state[float64], slips []float64) {
	p, a, b, g, j := st.p, st.a, st.b, st.g, st.taken
	k, factors := wide[float64](a.K.Row(b, g, j)), st.decay()
	sizes := wide[float64](a.V.Row(b, g, j))
	for c, x := range sizes {
		sizes[c] = math.Abs(x)
	}
	if p.Rule.Delta {
		for i, row := range st.s {
			for c, x := range row {
				sizes[c] += math.Abs(k[i] * (x * factors[i]))
			}
		}
		for c := range sizes {
			sizes[c] *= math.Abs(float64(a.Beta.Row(b, g, j)[0]))
		}
	}
	st.update()
	keyed, decay := dot(k, k), slices.Max(factors)
	for c, slip := range slips {
		length := 0.0
		for _, row := range st.s {
			length += row[c] * row[c]
		}
		slips[c] = math.Sqrt(decay*decay*slip*slip + length + keyed*sizes[c]*sizes[c])
	}
}
