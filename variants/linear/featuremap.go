package linear

import (
	"math"

	"attnbench/attn"
)

// keys writes the features of the next keys, at most n, to st.k [n, ldm], and returns how many
// of them the state can take at once.
func (x features) keys(st *state, a *attn.Args, n int) int {
	if x.p.Rule.Feature == attn.Favor {
		return x.favorKeys(st, a, n)
	}
	x.featureMap(st.k, a.K, st.b, st.g, st.taken, n)
	return n
}

// queries writes the features of n rows of query head h to dst [n, ldm], and to eps what is
// added to their denominators.
func (x features) queries(st *state, dst, eps []float32, a *attn.Args, h, row, n int) {
	if x.p.Rule.Feature == attn.Favor {
		x.favorQueries(st, dst, eps, a, h, row, n)
	} else {
		x.featureMap(dst, a.Q, st.b, h, row, n)
	}
}

// featureMap writes phi of rows i .. i+n-1 of t to dst [n, ldm]. favor.go has that of FAVOR+.
func (x features) featureMap(dst []float32, t attn.Tensor, b, h, i, n int) {
	d := x.p.HeadDim
	if x.p.Rule.Feature == attn.EluPlus1 && t.Stride[2] == d && x.ldm == d {
		x.set.EluPlus1(dst[:n*d], t.From(b, h, i)[:n*d])
		return
	}
	for r := range n {
		row, phi := t.Row(b, h, i+r), dst[r*x.ldm:r*x.ldm+x.m]
		switch x.p.Rule.Feature {
		case attn.EluPlus1:
			x.set.EluPlus1(phi, row)
		case attn.ReLU:
			for c, y := range row {
				phi[c] = max(y, 0)
			}
		case attn.Taylor2:
			x.taylor(phi, row)
		}
	}
}

// transpose writes a projection [1, 1, M, D], times √scale, to w [D, ldm].
func (x *shape) transpose(w []float32, projection attn.Tensor) {
	for j := range x.m {
		for c, y := range projection.Row(0, 0, j) {
			w[c*x.ldm+j] = y * x.root
		}
	}
}

// taylor is 1, x and x⊗x/√2 (Arora et al. 2024, section 3.1).
func (x features) taylor(phi, row []float32) {
	phi[0] = 1
	first := phi[1 : 1+len(row)]
	for c, y := range row {
		first[c] = y * x.root
	}
	second := phi[1+len(row):]
	for _, y := range first {
		y *= math.Sqrt2 / 2
		for c, z := range first {
			second[c] = y * z
		}
		second = second[len(row):]
	}
}
