//go:build !purego

package kernel

// atOnce is how many rows of K or V a kernel takes together where it reads each more than
// once: 4 KiB, a page, at d = 128. 16 rows are some 8 % slower, 64 a quarter.
const atOnce = 8

// maxStrip is the max vectors of a row that asm.weightedSum takes at once.
const maxStrip = 8

// cacheRows reads rows without gaps front to back. A kernel that then reads them in
// another order finds them in the nearest cache.
func (x *simd) cacheRows(rows []float32, ld, n, cols int) {
	if ld == cols {
		x.asm.sum(&rows[0], n*cols/x.width)
	}
}

func (x *simd) weightedSum(o []float32, ldo int, sums, alpha, p []float32, ldp int, v []float32, ldv, heads, keys, dv int) {
	if heads <= 0 || keys <= 0 || dv <= 0 {
		return
	}
	whole := RoundUp(dv, x.width)
	_, _, _, _ = o[(heads-1)*ldo+whole-1], alpha[heads-1], p[(heads-1)*ldp+keys-1], v[(keys-1)*ldv+dv-1]
	clear(sums[:heads*whole])
	for j := 0; j < keys; j += atOnce {
		n := min(atOnce, keys-j)
		if dv > maxStrip*x.width {
			x.cacheRows(v[j*ldv:], ldv, n, dv)
		}
		x.asm.weightedSum(&sums[0], &p[j], &v[j*ldv], whole, ldp, ldv, heads, n, dv/x.width, dv%x.width)
	}
	x.asm.rescale(&o[0], &alpha[0], &sums[0], ldo, whole, heads, whole/x.width)
}
