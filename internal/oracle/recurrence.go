package oracle

import (
	"math"

	"attnbench/attn"
)

// state is S [M, Dv] of a recurrent rule after some keys.
type state[T Float] struct {
	s     []T
	taken int
	slips []float64 // [Dv], how far a column may be off, in units of u
}

// recur evaluates the given rows, in rising order, of batch entry b and query head
// h, token by token:
//
//	S = decay·S;  S += k (beta·(v - Sᵀk))ᵀ, or k vᵀ without delta;  out = scale·Sᵀq
//
// It calls visit with each row, its output and the state that it was read from.
func recur[T Float](p *attn.Problem, a *attn.Args, b, h int, rows []int, visit func(row int, out []T, st *state[T])) {
	m, dv, g := p.HeadDim, p.ValueDim, p.KVHead(h)
	st := state[T]{s: make([]T, m*dv), slips: make([]float64, dv)}
	if a.State0.Data != nil {
		for i := range m {
			for c, x := range a.State0.Row(b, g, i) {
				st.s[i*dv+c] = T(x)
			}
		}
	}
	out, scale := make([]T, dv), T(p.Scale.Value(p.HeadDim))
	for _, row := range rows {
		reach := p.Keys(b)
		if p.VisibilityMask() == attn.Causal() {
			reach = max(0, min(reach, p.Start(b)+row+1))
		}
		for st.taken < reach {
			st.take(p, a, b, g)
		}
		clear(out)
		for i, x := range a.Q.Row(b, h, row) {
			for c := range out {
				out[c] += T(x) * st.s[i*dv+c]
			}
		}
		for c := range out {
			out[c] *= scale
		}
		visit(row, out, &st)
	}
}

// take folds the next key in.
func (st *state[T]) take(p *attn.Problem, a *attn.Args, b, g int) {
	dv := p.ValueDim
	k, v := a.K.Row(b, g, st.taken), a.V.Row(b, g, st.taken)
	for i := range k {
		decay := decayOf[T](p, a, b, g, st.taken, i)
		for c := range v {
			st.s[i*dv+c] *= decay
		}
	}
	news := make([]T, dv)
	for c, x := range v {
		news[c] = T(x)
	}
	sizes := make([]float64, dv) // of the terms that make the news
	for c, x := range v {
		sizes[c] = math.Abs(float64(x))
	}
	if p.Rule.Delta {
		beta := T(a.Beta.Row(b, g, st.taken)[0])
		for i, x := range k {
			for c := range news {
				news[c] -= T(x) * st.s[i*dv+c]
				sizes[c] += math.Abs(float64(x) * float64(st.s[i*dv+c]))
			}
		}
		for c := range news {
			news[c] *= beta
			sizes[c] *= math.Abs(float64(beta))
		}
	}
	for i, x := range k {
		for c, y := range news {
			st.s[i*dv+c] += T(x) * y
		}
	}
	st.slip(p, a, b, g, k, sizes)
	st.taken++
}

// slip adds the roundings of one step to the slips. Each step rounds the column c of
// S by u times its length |S_c|, and what enters by u times |k|·sizes_c. What was
// off before is multiplied by the decay, and by a delta rule's I - beta·k kᵀ, which
// shortens: it does not grow. Roundings of different steps do not know of each
// other, so that their squares add.
func (st *state[T]) slip(p *attn.Problem, a *attn.Args, b, g int, k []float32, sizes []float64) {
	decay, keyed := 0.0, 0.0
	for i, x := range k {
		decay = math.Max(decay, float64(decayOf[float64](p, a, b, g, st.taken, i)))
		keyed += float64(x) * float64(x)
	}
	for c := range st.slips {
		length := 0.0
		for i := range k {
			x := float64(st.s[i*len(sizes)+c])
			length += x * x
		}
		st.slips[c] = math.Sqrt(decay*decay*st.slips[c]*st.slips[c] + length + keyed*sizes[c]*sizes[c])
	}
}

// decayOf is the factor of row i of the state at key j.
func decayOf[T Float](p *attn.Problem, a *attn.Args, b, g, j, i int) T {
	var x float32
	switch p.Rule.Decay {
	case attn.NoDecay:
		return 1
	case attn.FixedDecay:
		x = p.LogDecay[g]
	case attn.HeadDecay:
		x = a.Decay.Row(b, g, j)[0]
	case attn.DimDecay:
		x = a.Decay.Row(b, g, j)[i]
	}
	return T(math.Exp(float64(x)))
}

// expectRecurrent evaluates rows, in rising order, of one head in one sweep. The
// budget of a row is
//
//	max(2·err32 + 2 ULP, u·|scale|·max_c(2·|q|·slip_c + 6·Σ_i |q_i S_ic|))
//
// err32 being the error of the float32 recurrence, slip_c how far column c of the
// state may be off by then (see slip), and the last term the rounding of the answer.
func expectRecurrent(p *attn.Problem, a *attn.Args, b, h int, rows []int) []Expected {
	list := make([]Expected, 0, len(rows))
	recur(p, a, b, h, rows, func(row int, out []float64, st *state[float64]) {
		q, length, bound := a.Q.Row(b, h, row), 0.0, 0.0
		for _, x := range q {
			length += float64(x) * float64(x)
		}
		for c := range out {
			size := 2 * math.Sqrt(length) * st.slips[c]
			for i, x := range q {
				size += 6 * math.Abs(float64(x)*st.s[i*p.ValueDim+c])
			}
			if finite(out[c]) {
				bound = larger(bound, size)
			}
		}
		list = append(list, Expected{
			Row: Row{b, h, row}, Out: append([]float64(nil), out...),
			Budget: u * math.Abs(p.Scale.Value(p.HeadDim)) * bound,
		})
	})
	n := 0
	recur(p, a, b, h, rows, func(_ int, out []float32, _ *state[float32]) {
		e, err32, ulp := &list[n], 0.0, 0.0
		for c, o := range e.Out {
			err32 = larger(err32, math.Abs(float64(out[c])-o))
			ulp = larger(ulp, ulpOf(o))
		}
		e.Budget = larger(2*err32+2*ulp, e.Budget)
		n++
	})
	return list
}

// sweeps groups rows by batch entry and head: the sweeps that evaluate them.
func sweeps(rows []Row) (groups [][]int) {
	at := map[[2]int]int{}
	for n, r := range rows {
		key := [2]int{r.B, r.H}
		if _, ok := at[key]; !ok {
			at[key] = len(groups)
			groups = append(groups, nil)
		}
		groups[at[key]] = append(groups[at[key]], n)
	}
	return groups
}
