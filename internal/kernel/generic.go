package kernel

import (
	"math"
	"math/bits"
)

// lanes is the panel width of the generic set: 16 rows of Qᵀ at D = 64 are 4 KiB.
const lanes = 16

// generic is the reference set, in plain Go. Its matrix product holds a 2 x 4
// block of results in registers: 8 products from 6 loads, which is what the 15
// usable scalar registers of amd64 allow.
var generic = Set{
	Name:        "generic",
	Lanes:       lanes,
	Width:       4,
	Matmul:      genericMul,
	Pack:        genericPack,
	Mask:        genericMask,
	Softmax:     genericSoftmax,
	Softcap:     genericSoftcap,
	ALiBi:       genericALiBi,
	Bias:        genericBias,
	Unpack:      genericUnpack,
	Finite:      genericFinite,
	EluPlus1:    genericEluPlus1,
	ScaledExp:   genericScaledExp,
	Normalise:   genericNormalise,
	Recur:       genericRecur,
	Gate:        genericGate,
	DecayDots:   genericFade,
	Solve:       genericSolve,
	ScaleRows:   genericScaleRows,
	Dots:        genericDots,
	WeightedSum: genericWeigh,
	Max:         genericLargest,
	Peak:        genericPeak,
	Sum:         genericSum,
}

func genericMul(c []float32, ldc int, a []float32, ars, aks int, b []float32, ldb, rows, depth, cols int, alpha []float32, _ Prefetch) {
	i := 0
	for ; i+2 <= rows; i += 2 {
		c0, c1 := c[i*ldc:i*ldc+cols], c[(i+1)*ldc:(i+1)*ldc+cols]
		r := 0
		for ; r+4 <= cols; r += 4 {
			var x0, x1, x2, x3, y0, y1, y2, y3 float32
			for k := range depth {
				left := a[i*ars+k*aks]
				right := (*[4]float32)(b[k*ldb+r:])
				x0 += left * right[0]
				x1 += left * right[1]
				x2 += left * right[2]
				x3 += left * right[3]
				left = a[(i+1)*ars+k*aks]
				y0 += left * right[0]
				y1 += left * right[1]
				y2 += left * right[2]
				y3 += left * right[3]
			}
			t0, t1 := (*[4]float32)(c0[r:]), (*[4]float32)(c1[r:])
			if alpha != nil {
				f := (*[4]float32)(alpha[r:])
				x0, x1, x2, x3 = x0+f[0]*t0[0], x1+f[1]*t0[1], x2+f[2]*t0[2], x3+f[3]*t0[3]
				y0, y1, y2, y3 = y0+f[0]*t1[0], y1+f[1]*t1[1], y2+f[2]*t1[2], y3+f[3]*t1[3]
			}
			*t0, *t1 = [4]float32{x0, x1, x2, x3}, [4]float32{y0, y1, y2, y3}
		}
		for ; r < cols; r++ {
			genericCell(&c0[r], a, i*ars, aks, b, r, ldb, depth, alpha)
			genericCell(&c1[r], a, (i+1)*ars, aks, b, r, ldb, depth, alpha)
		}
	}
	if i < rows {
		for r := range cols {
			genericCell(&c[i*ldc+r], a, i*ars, aks, b, r, ldb, depth, alpha)
		}
	}
}

// genericCell is one element of the product: row i0 = i·ars of A, column r of B.
func genericCell(c *float32, a []float32, i0, aks int, b []float32, r, ldb, depth int, alpha []float32) {
	var sum float32
	for k := range depth {
		sum += a[i0+k*aks] * b[k*ldb+r]
	}
	if alpha != nil {
		sum += alpha[r] * *c
	}
	*c = sum
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

func genericMask(s []float32, vis []uint32, keys int) {
	for j, seen := range vis[:keys] {
		row := (*[lanes]float32)(s[j*lanes:])
		for hidden := (1<<lanes - 1) &^ seen; hidden != 0; hidden &= hidden - 1 {
			row[bits.TrailingZeros32(hidden)] = float32(math.Inf(-1))
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
			base[r] = 0 // -Inf - 0, where -Inf - -Inf would be NaN
		}
		scales[r] = Exp2(old - base[r])
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

func genericFinite(x []float32, ld, rows, cols int) bool {
	for i := range rows {
		for _, f := range x[i*ld : i*ld+cols] {
			if f*0 != 0 {
				return false
			}
		}
	}
	return true
}

func genericEluPlus1(dst, src []float32) {
	dst = dst[:len(src)]
	for i, x := range src {
		if x > 0 {
			dst[i] = x + 1
		} else {
			dst[i] = Exp(x)
		}
	}
}

func genericNormalise(den, z, q, k []float32, ld, m, tokens int) {
	z = z[:m]
	for t := range tokens {
		keys, queries := k[t*ld:t*ld+m], q[t*ld:t*ld+m]
		var sum float32
		for i, x := range keys {
			z[i] += x
			sum += queries[i] * z[i]
		}
		den[t] = sum
	}
}

func genericRecur(r Recurrence) {
	for t := range r.Tokens {
		value, o := r.V[t*r.LdV:t*r.LdV+r.Dv], r.Out[t*r.LdOut:t*r.LdOut+r.Dv]
		clear(o)
		for i := range r.M {
			x, y := r.K[t*r.Ld+i], r.Q[t*r.Ld+i]
			row := r.S[i*r.LdS : i*r.LdS+r.Dv]
			decay := float32(1)
			if r.A != nil {
				decay = r.A[t*r.Ld+i]
			}
			for c, s := range row {
				s = decay*s + x*value[c]
				row[c] = s
				o[c] += y * s
			}
		}
		for c := range o {
			o[c] *= r.Factor[t]
		}
	}
}

func genericScaledExp(x []float32, scale, shift, factor float32) {
	for i, y := range x {
		x[i] = factor * Exp(scale*y+shift)
	}
}
