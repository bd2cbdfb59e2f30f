package linear

import (
	"math"

	"attnbench/attn"
	"attnbench/internal/kernel"
)

// featureMap writes phi of rows i .. i+n-1 of t to dst [n, ldm].
func (x features) featureMap(st *state, dst []float32, t attn.Tensor, b, h, i, n int) {
	d := x.p.HeadDim
	switch {
	case x.p.Rule.Feature == attn.EluPlus1 && t.Stride[2] == d && x.ldm == d:
		x.set.EluPlus1(dst[:n*d], t.From(b, h, i)[:n*d])
		return
	case x.p.Rule.Feature == attn.Favor:
		x.set.Matmul(dst, x.ldm, t.From(b, h, i), t.Stride[2], 1, st.projection, x.ldm, n, d, x.m, nil, kernel.Prefetch{})
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
		case attn.Favor:
			x.favor(phi, row)
			clear(dst[r*x.ldm+x.m : (r+1)*x.ldm])
		case attn.Taylor2:
			x.taylor(phi, row)
		}
	}
}

// favor is FAVOR+ of a row whose products with the projection are in phi
// (Choromanski et al. 2021, equation 5).
func (x features) favor(phi, row []float32) {
	var s0, s1, s2, s3 float32 // four sums that do not wait for one another
	c := 0
	for ; c+4 <= len(row); c += 4 {
		y := (*[4]float32)(row[c:])
		s0, s1, s2, s3 = s0+y[0]*y[0], s1+y[1]*y[1], s2+y[2]*y[2], s3+y[3]*y[3]
	}
	for _, y := range row[c:] {
		s0 += y * y
	}
	square := ((s0 + s2) + (s1 + s3)) * (x.root * x.root)
	norm := float32(1 / math.Sqrt(float64(len(phi))))
	x.set.ScaledExp(phi, x.root, -square/2, norm)
}

// transpose writes a projection [1, 1, M, D] to w [D, ldm].
func (x *shape) transpose(w []float32, projection attn.Tensor) {
	for j := range x.m {
		for c, y := range projection.Row(0, 0, j) {
			w[c*x.ldm+j] = y
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
