//go:build !purego

package kernel

// dotsDistance is how many floats lie between the rows that dots reads and those that it
// prefetches: 4 KiB.
const dotsDistance = 1 << 10

// nearRows is the size of a row up to which memory reads four of them as one stream,
// without help.
const nearRows = 64

func (x *simd) dots(s []float32, lds int, q []float32, ldq int, k []float32, ldk, heads, keys, d int) {
	if heads <= 0 || keys <= 0 || d <= 0 {
		return
	}
	whole, last := RoundUp(d, x.width), (keys-1)*ldk+d
	_, _, _ = s[(heads-1)*lds+RoundUp(keys, 4)-1], q[(heads-1)*ldq+whole-1], k[last-1]
	prefetch := &k[0] // rows that are read anyway
	if d > nearRows && x.prefetches {
		if distance := RoundUp(dotsDistance, 4*ldk); len(k) >= distance+last {
			prefetch = &k[distance]
		}
	}
	if d <= nearRows || x.prefetches {
		x.asm.dots(&s[0], &q[0], &k[0], prefetch, lds, ldq, ldk, heads, keys, d/x.width, d%x.width)
		return
	}
	for j := 0; j < keys; j += atOnce {
		n := min(atOnce, keys-j)
		x.cacheRows(k[j*ldk:], ldk, n, d)
		x.asm.dots(&s[j], &q[0], &k[j*ldk], &k[j*ldk], lds, ldq, ldk, heads, n, d/x.width, d%x.width)
	}
}
