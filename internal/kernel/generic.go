package kernel

import "math"

// lanes is the panel width of the generic set: 16 rows of Qᵀ at D = 64 are 4 KiB.
const lanes = 16

// generic is the reference set, in plain Go. Its matrix products hold a 2 x 4
// block of results in registers: 8 products from 6 loads, which is what the 15
// usable scalar registers of amd64 allow.
var generic = Set{
	Name:     "generic",
	Lanes:    lanes,
	Pack:     genericPack,
	QK:       genericQK,
	Softmax:  genericSoftmax,
	PV:       genericPV,
	Unpack:   genericUnpack,
	EluPlus1: genericEluPlus1,
	Outer:    genericOuter,
	Read:     genericRead,
}

func genericPack(dst, src []float32, ld, rows, d int, scale float32) {
	for c := range d {
		row := (*[lanes]float32)(dst[c*lanes:])
		for r := range rows {
			row[r] = scale * src[r*ld+c]
		}
		clear(row[rows:])
	}
}

func genericQK(s, qt, k []float32, ldk, keys, d int) {
	j := 0
	for ; j+2 <= keys; j += 2 {
		k0 := k[j*ldk : j*ldk+d]
		k1 := k[(j+1)*ldk : (j+1)*ldk+d]
		for g := 0; g < lanes; g += 4 {
			var a0, a1, a2, a3, b0, b1, b2, b3 float32
			qg := qt[g:]
			for c, x := range k0 {
				y := k1[c]
				q := (*[4]float32)(qg[c*lanes:])
				a0 += x * q[0]
				a1 += x * q[1]
				a2 += x * q[2]
				a3 += x * q[3]
				b0 += y * q[0]
				b1 += y * q[1]
				b2 += y * q[2]
				b3 += y * q[3]
			}
			*(*[4]float32)(s[j*lanes+g:]) = [4]float32{a0, a1, a2, a3}
			*(*[4]float32)(s[(j+1)*lanes+g:]) = [4]float32{b0, b1, b2, b3}
		}
	}
	if j < keys {
		row := (*[lanes]float32)(s[j*lanes:])
		for r := range row {
			var sum float32
			for c, x := range k[j*ldk : j*ldk+d] {
				sum += x * qt[c*lanes+r]
			}
			row[r] = sum
		}
	}
}

func genericSoftmax(s, m, l, alpha []float32, keys int) {
	var base [lanes]float32
	top := (*[lanes]float32)(m)
	copy(base[:], top[:])
	for j := range keys {
		row := (*[lanes]float32)(s[j*lanes:])
		for r, x := range row {
			if x > base[r] {
				base[r] = x
			}
		}
	}
	sums, scales := (*[lanes]float32)(l), (*[lanes]float32)(alpha)
	for r, x := range base {
		old := top[r]
		top[r] = x
		if math.IsInf(float64(x), -1) {
			// exp2(-Inf - 0) = 0, where -Inf - -Inf would be NaN.
			base[r], scales[r] = 0, 1
			continue
		}
		scales[r] = Exp2(old - x)
	}
	var block [lanes]float32
	for j := range keys {
		row := (*[lanes]float32)(s[j*lanes:])
		for r, x := range row {
			p := Exp2(x - base[r])
			row[r] = p
			block[r] += p
		}
	}
	for r, sum := range block {
		sums[r] = sums[r]*scales[r] + sum
	}
}

func genericPV(o, alpha, p, v []float32, ldv, keys, dv int) {
	scale := (*[lanes]float32)(alpha)
	c := 0
	for ; c+2 <= dv; c += 2 {
		for g := 0; g < lanes; g += 4 {
			o0 := (*[4]float32)(o[c*lanes+g:])
			o1 := (*[4]float32)(o[(c+1)*lanes+g:])
			var a0, a1, a2, a3, b0, b1, b2, b3 float32
			for j := range keys {
				q := (*[4]float32)(p[j*lanes+g:])
				w := (*[2]float32)(v[j*ldv+c:])
				x, y := w[0], w[1]
				a0 += x * q[0]
				a1 += x * q[1]
				a2 += x * q[2]
				a3 += x * q[3]
				b0 += y * q[0]
				b1 += y * q[1]
				b2 += y * q[2]
				b3 += y * q[3]
			}
			f := (*[4]float32)(scale[g:])
			*o0 = [4]float32{f[0]*o0[0] + a0, f[1]*o0[1] + a1, f[2]*o0[2] + a2, f[3]*o0[3] + a3}
			*o1 = [4]float32{f[0]*o1[0] + b0, f[1]*o1[1] + b1, f[2]*o1[2] + b2, f[3]*o1[3] + b3}
		}
	}
	if c < dv {
		row := (*[lanes]float32)(o[c*lanes:])
		for r := range row {
			var sum float32
			for j := range keys {
				sum += v[j*ldv+c] * p[j*lanes+r]
			}
			row[r] = scale[r]*row[r] + sum
		}
	}
}

func genericUnpack(dst []float32, ld int, o, factor []float32, rows, dv int) {
	for r := range rows {
		f := factor[r]
		row := dst[r*ld : r*ld+dv]
		if f == 0 {
			clear(row)
			continue
		}
		for c := range row {
			row[c] = o[c*lanes+r] * f
		}
	}
}

func genericEluPlus1(dst, src []float32) {
	const log2e = 1 / math.Ln2
	dst = dst[:len(src)]
	for i, x := range src {
		if x > 0 {
			dst[i] = x + 1
		} else {
			dst[i] = Exp2(x * log2e)
		}
	}
}

func genericOuter(state, k []float32, ldk int, v []float32, ldv, rows, m, dv int) {
	i := 0
	for ; i+2 <= m; i += 2 {
		s0 := state[i*dv : (i+1)*dv]
		s1 := state[(i+1)*dv : (i+2)*dv]
		c := 0
		for ; c+4 <= dv; c += 4 {
			var a0, a1, a2, a3, b0, b1, b2, b3 float32
			for r := range rows {
				x, y := k[r*ldk+i], k[r*ldk+i+1]
				w := (*[4]float32)(v[r*ldv+c:])
				a0 += x * w[0]
				a1 += x * w[1]
				a2 += x * w[2]
				a3 += x * w[3]
				b0 += y * w[0]
				b1 += y * w[1]
				b2 += y * w[2]
				b3 += y * w[3]
			}
			t0, t1 := (*[4]float32)(s0[c:]), (*[4]float32)(s1[c:])
			*t0 = [4]float32{t0[0] + a0, t0[1] + a1, t0[2] + a2, t0[3] + a3}
			*t1 = [4]float32{t1[0] + b0, t1[1] + b1, t1[2] + b2, t1[3] + b3}
		}
		for ; c < dv; c++ {
			s0[c] += outerCell(k, ldk, v, ldv, rows, i, c)
			s1[c] += outerCell(k, ldk, v, ldv, rows, i+1, c)
		}
	}
	if i < m {
		for c := range dv {
			state[i*dv+c] += outerCell(k, ldk, v, ldv, rows, i, c)
		}
	}
}

func outerCell(k []float32, ldk int, v []float32, ldv, rows, i, c int) float32 {
	var sum float32
	for r := range rows {
		sum += k[r*ldk+i] * v[r*ldv+c]
	}
	return sum
}

func genericRead(o, q, state []float32, m, dv int) {
	o = o[:dv]
	clear(o)
	for i, x := range q[:m] {
		for c, y := range state[i*dv : (i+1)*dv] {
			o[c] += x * y
		}
	}
}
