//go:build !purego

package kernel

import "math"

// simd is one instruction set. Its methods are the entries of a Set: they check the
// slices and cut off what is not a whole vector, then call the function of asm that has
// their name.
type simd struct {
	width, wide int   // float32s of a vector, vectors of a panel
	headVectors int   // vectors of a strip of asm.recurHeads
	prefetches  bool  // asm.dots prefetches rows of K by itself
	peakFLOPs   int64 // of a round of peak
	asm         assembly
}

// assembly is the generated functions, which check no bounds. They take each argument by
// itself: a struct of them costs 12 to 20 ns a call (Go copies it by 16 bytes, which waits
// for stores of 8), a tenth of a step of linear attention, and a pointer to one escapes.
type assembly struct {
	matmul     []multiplier // by vectors, from 1
	matmulTail func(c, a, b *float32, ldc, ars, aks, ldb, rows, depth int, alpha, prefetch *float32, step, stripe, lanes int)
	mask       func(s *float32, vis *uint32, keys int)
	softmax    func(s, m, l, alpha *float32, keys int)
	softcap    func(s *float32, vectors int, softcap, factor, bound float32)
	alibi      func(s *float32, keys int, distance, slope float32)
	bias       func(s, bias *float32, vectors int)
	transpose  func(dst, src *float32, ldd, lds, dstStep, srcStep, blocks int, factor *float32, scale float32)
	finite     func(x *float32, ld, rows, cols int) bool
	eluPlus1   func(dst, src *float32, n int)
	scaledExp  func(x *float32, n int, scale, shift, factor float32)
	normalise  func(den, z, q, k *float32, ldf, m, tokens int)
	recur      func(out, q, k, v, state, factor, prefetchQ, prefetchK *float32, ldo, ldf, ldv, lds, ldq, ldk, m, tokens, lanes int)
	recurGated func(out, q, k, a, v, state, factor, prefetchQ, prefetchK *float32, ldo, ldf, ldv, lds, ldq, ldk, m, tokens, lanes int)
	// By heads: 2, 4 and 8.
	recurHeads      [3]headsRecurrence
	recurGatedHeads [3]gatedRecurrence

	gate        func(qd, kd, ke, total, q, k, a *float32, ldq, ldk, lda, m, tokens int, scale float32)
	decayDots   func(dq, dk *float32, ldd int, x, q, k, a *float32, ldq, ldk, lda, m, rows int, scale float32)
	solve       func(u, w, v, r, beta *float32, ldu, ldw, ldv, ldr, tokens, strips int)
	scaleRows   func(s, f *float32, ld, rows, vectors int)
	dots        func(s, q, k, prefetch *float32, lds, ldq, ldk, heads, keys, vectors, lanes int)
	weightedSum func(o, p, v *float32, ldo, ldp, ldv, heads, keys, vectors, lanes int)
	rescale     func(o, alpha, sums *float32, ldo, lds, heads, vectors int)
	max         func(x *float32, vectors int, floor float32) float32
	peak        func(rounds int)
	sum         func(x *float32, vectors int) float32
}

type (
	headsRecurrence func(out, q, k, v, state, factor *float32, ldo, oh, ldf, qh, ldv, lds, fh, m, tokens, lanes int)
	gatedRecurrence func(out, q, k, a, v, state, factor *float32, ldo, oh, ldf, qh, ldv, lds, fh, m, tokens, lanes int)
)

type multiplier func(c, a, b *float32, ldc, ars, aks, ldb, rows, depth int, alpha, prefetch *float32, step, stripe int)

var avx512 = simd{width: 16, wide: 2, headVectors: 2, prefetches: true, peakFLOPs: 2 * 16 * 16, asm: assembly{
	matmul:     []multiplier{matmul16AVX512, matmul32AVX512},
	matmulTail: matmulTailAVX512, transpose: transposeAVX512, mask: maskAVX512, softmax: softmaxAVX512, finite: finiteAVX512,
	softcap: softcapAVX512, alibi: alibiAVX512, bias: biasAVX512,
	eluPlus1: eluPlus1AVX512, scaledExp: scaledExpAVX512, normalise: normaliseAVX512,
	recur: recurAVX512, recurGated: recurGatedAVX512, recurHeads: [3]headsRecurrence{recur2AVX512, recur4AVX512, recur8AVX512},
	recurGatedHeads: [3]gatedRecurrence{recurGated2AVX512, recurGated4AVX512, recurGated8AVX512},
	gate:            gateAVX512, decayDots: decayDotsAVX512, solve: solveAVX512, scaleRows: scaleRowsAVX512,
	dots: dotsAVX512, weightedSum: weightedSumAVX512, rescale: rescaleAVX512, max: maxAVX512,
	peak: peakAVX512, sum: sumAVX512,
}}

var avx2 = simd{width: 8, wide: 3, headVectors: 1, peakFLOPs: 2 * 12 * 8, asm: assembly{
	matmul:     []multiplier{matmul8AVX2, matmul16AVX2, matmul24AVX2},
	matmulTail: matmulTailAVX2, transpose: transposeAVX2, mask: maskAVX2, softmax: softmaxAVX2, finite: finiteAVX2,
	softcap: softcapAVX2, alibi: alibiAVX2, bias: biasAVX2,
	eluPlus1: eluPlus1AVX2, scaledExp: scaledExpAVX2, normalise: normaliseAVX2,
	recur: recurAVX2, recurGated: recurGatedAVX2, recurHeads: [3]headsRecurrence{recur2AVX2, recur4AVX2, recur8AVX2},
	recurGatedHeads: [3]gatedRecurrence{recurGated2AVX2, recurGated4AVX2, recurGated8AVX2},
	gate:            gateAVX2, decayDots: decayDotsAVX2, solve: solveAVX2, scaleRows: scaleRowsAVX2,
	dots: dotsAVX2, weightedSum: weightedSumAVX2, rescale: rescaleAVX2, max: maxAVX2,
	peak: peakAVX2, sum: sumAVX2,
}}

func (x *simd) lanes() int { return x.width * x.wide }

// set overrides every entry of generic. A new instruction set may name a few of its own.
func (x *simd) set(name string) *Set {
	return override(Set{
		Name: name, Lanes: x.lanes(), Width: x.width,
		Matmul: x.matmul, Pack: x.pack, Unpack: x.unpack,
		Mask: x.mask, Softmax: x.softmax, Finite: x.finite,
		Softcap: x.softcap, ALiBi: x.alibi, Bias: x.bias,
		EluPlus1: x.eluPlus1, ScaledExp: x.scaledExp, Normalise: x.normalise,
		Recur: x.recur, Gate: x.gate, DecayDots: x.decayDots,
		Solve: x.solve, ScaleRows: x.scaleRows,
		Dots: x.dots, WeightedSum: x.weightedSum, Max: x.max,
		Peak: x.peak, Sum: x.sum,
	})
}

func (x *simd) mask(s []float32, vis []uint32, keys int) {
	if keys > 0 {
		_, _ = s[keys*x.lanes()-1], vis[keys-1]
		x.asm.mask(&s[0], &vis[0], keys)
	}
}

func (x *simd) softmax(s, m, l, alpha []float32, keys int) {
	if keys > 0 {
		last := x.lanes() - 1
		_, _, _, _ = s[keys*x.lanes()-1], m[last], l[last], alpha[last]
		x.asm.softmax(&s[0], &m[0], &l[0], &alpha[0], keys)
	}
}

func (x *simd) softcap(s []float32, keys int, softcap float32) {
	if keys > 0 {
		_ = s[keys*x.lanes()-1]
		factor := 2 * math.Log2E / softcap
		x.asm.softcap(&s[0], keys*x.wide, softcap, factor, 126/factor)
	}
}

func (x *simd) alibi(s []float32, keys int, distance, slope float32) {
	if keys > 0 {
		_ = s[keys*x.lanes()-1]
		x.asm.alibi(&s[0], keys, distance, slope)
	}
}

func (x *simd) bias(s, bias []float32, keys int) {
	if keys > 0 {
		_, _ = s[keys*x.lanes()-1], bias[keys*x.lanes()-1]
		x.asm.bias(&s[0], &bias[0], keys*x.wide)
	}
}

func (x *simd) finite(m []float32, ld, rows, cols int) bool {
	if rows <= 0 || cols <= 0 {
		return true
	}
	_ = m[(rows-1)*ld+cols-1]
	return x.asm.finite(&m[0], ld, rows, cols)
}

func (x *simd) eluPlus1(dst, src []float32) {
	if n := len(src); n > 0 {
		_ = dst[n-1]
		x.asm.eluPlus1(&dst[0], &src[0], n)
	}
}

func (x *simd) scaledExp(v []float32, scale, shift, factor float32) {
	if n := len(v); n > 0 {
		x.asm.scaledExp(&v[0], n, scale, shift, factor)
	}
}

func (x *simd) normalise(den, z, q, k []float32, ld, m, tokens int) {
	if tokens > 0 && m > 0 {
		last := (tokens-1)*ld + m - 1
		_, _, _, _ = den[tokens-1], z[m-1], q[last], k[last]
		x.asm.normalise(&den[0], &z[0], &q[0], &k[0], ld, m, tokens)
	}
}

func (x *simd) peak(rounds int) int64 {
	x.asm.peak(rounds)
	return int64(rounds) * x.peakFLOPs
}

func (x *simd) max(v []float32, floor float32) float32 {
	whole := len(v) / x.width
	if whole > 0 {
		floor = x.asm.max(&v[0], whole, floor)
	}
	return maxGeneric(v[whole*x.width:], floor)
}

func (x *simd) sum(v []float32) float32 {
	var sum float32
	whole := len(v) / x.width
	if whole > 0 {
		sum = x.asm.sum(&v[0], whole)
	}
	for _, f := range v[whole*x.width:] {
		sum += f
	}
	return sum
}
