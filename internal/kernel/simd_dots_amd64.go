//go:build !purego

package kernel

// dotsAhead is how many floats lie between the rows that Dots reads and those that it
// touches: 4 KiB.
const dotsAhead = 1 << 10

// nearRows is the size of a row up to which four of them are read as one stream by
// memory, without help.
const nearRows = 64

// atOnce is how many rows are worked on together where each is read more than once:
// 4 KiB, a page, at d = 128. 16 rows are some 8 % slower, 64 a quarter.
const atOnce = 8

// wholeStrip is how many vectors of a row Weigh can take at once: longer rows it takes
// in strips.
const wholeStrip = 8

// prefetchFrom is x from n on where it holds as many as need from there, else x itself.
func prefetchFrom(x []float32, n, need int) *float32 {
	if len(x) >= n+need {
		return &x[n]
	}
	return &x[0]
}

func (x *simd) dots(s []float32, lds int, q []float32, ldq int, k []float32, ldk, heads, keys, d int) {
	if heads <= 0 || keys <= 0 || d <= 0 {
		return
	}
	whole, last := (d+x.width-1)&^(x.width-1), (keys-1)*ldk+d
	_, _, _ = s[(heads-1)*lds+(keys+3)&^3-1], q[(heads-1)*ldq+whole-1], k[last-1]
	if d <= nearRows {
		x.asm.dots(&s[0], &q[0], &k[0], &k[0], lds, ldq, ldk, heads, keys, d/x.width, d%x.width)
		return
	}
	if x.prefetches {
		prefetched := prefetchFrom(k, (dotsAhead+4*ldk-1)/(4*ldk)*(4*ldk), last)
		x.asm.dots(&s[0], &q[0], &k[0], prefetched, lds, ldq, ldk, heads, keys, d/x.width, d%x.width)
		return
	}
	for j := 0; j < keys; j += atOnce {
		n := min(atOnce, keys-j)
		x.prefetchRows(k[j*ldk:], ldk, n, d)
		x.asm.dots(&s[j], &q[0], &k[j*ldk], &k[j*ldk], lds, ldq, ldk, heads, n, d/x.width, d%x.width)
	}
}

// readInOrder reads rows front to back, where they lie so: whoever comes back to them in
// another order finds them in the nearest cache.
func (x *simd) prefetchRows(rows []float32, ld, n, cols int) {
	if ld == cols {
		x.asm.sum(&rows[0], n*cols/x.width)
	}
}

func (x *simd) max(v []float32, least float32) float32 {
	whole := len(v) / x.width
	if whole > 0 {
		least = x.asm.max(&v[0], whole, least)
	}
	return maxGeneric(v[whole*x.width:], least)
}

func (x *simd) weightedSum(o []float32, ldo int, sums, alpha, p []float32, ldp int, v []float32, ldv, heads, keys, dv int) {
	if heads <= 0 || keys <= 0 || dv <= 0 {
		return
	}
	whole := (dv + x.width - 1) &^ (x.width - 1)
	_, _, _, _ = o[(heads-1)*ldo+whole-1], alpha[heads-1], p[(heads-1)*ldp+keys-1], v[(keys-1)*ldv+dv-1]
	clear(sums[:heads*whole])
	for j := 0; j < keys; j += atOnce {
		n := min(atOnce, keys-j)
		if dv > wholeStrip*x.width {
			x.prefetchRows(v[j*ldv:], ldv, n, dv)
		}
		x.asm.weightedSum(&sums[0], &p[j], &v[j*ldv], whole, ldp, ldv, heads, n, dv/x.width, dv%x.width)
	}
	x.asm.rescale(&o[0], &alpha[0], &sums[0], ldo, whole, heads, whole/x.width)
}
