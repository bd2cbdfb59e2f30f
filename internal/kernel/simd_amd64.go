//go:build !purego

package kernel

// assembly are the functions that one instruction set is generated into. They
// have no bounds of their own: the methods below check the slices and take apart
// what is not a whole vector.
type assembly struct {
	width, wide int  // float32s of a vector, vectors of a panel
	touches     bool // its dots touches what comes next

	mul        []func(c, a, b *float32, ldc, ars, aks, ldb, rows, depth int, alpha, next *float32, step, stripe int) // by vectors, from 1
	mulTail    func(c, a, b *float32, ldc, ars, aks, ldb, rows, depth int, alpha, next *float32, step, stripe, lanes int)
	mask       func(s *float32, vis *uint32, keys int)
	softmax    func(s, m, l, alpha *float32, keys int)
	softcap    func(s *float32, vectors int, most float32)
	alibi      func(s *float32, keys int, distance, slope float32)
	bias       func(s, bias *float32, vectors int)
	transpose  func(dst, src *float32, ldd, lds, dstStep, srcStep, blocks int, factor *float32, scale float32)
	finite     func(x *float32, ld, rows, cols int) bool
	eluPlus1   func(dst, src *float32, n int)
	scaledExp  func(x *float32, n int, scale, shift, factor float32)
	normalise  func(den, z, q, k *float32, ldf, m, tokens int)
	recur      func(out, q, k, v, state, factor, rawq, rawk *float32, ldo, ldf, ldv, lds, ldq, ldk, m, tokens, lanes int)
	recurGated func(out, q, k, a, v, state, factor, rawq, rawk *float32, ldo, ldf, ldv, lds, ldq, ldk, m, tokens, lanes int)
	gate       func(qd, kd, ke, total, q, k, a *float32, ldq, ldk, lda, m, tokens int, scale float32)
	fade       func(dq, dk *float32, ldd int, x, q, k, a *float32, ldq, ldk, lda, m, rows int, scale float32)
	solve      func(u, w, v, r, beta *float32, ldu, ldw, ldv, ldr, tokens, strips int)
	scaleRows  func(s, f *float32, ld, rows, vectors int)
	dots       func(s, q, k, soon *float32, lds, ldq, ldk, heads, keys, vectors, lanes int)
	weigh      func(o, p, v *float32, ldo, ldp, ldv, heads, keys, vectors, lanes int)
	join       func(o, alpha, sums *float32, ldo, lds, heads, vectors int)
	largest    func(x *float32, vectors int, least float32) float32
	peak       func(rounds int)
	peakFLOPs  int64 // of a round
	sum        func(x *float32, vectors int) float32
}

var avx512 = assembly{
	width: 16, wide: 2, touches: true,
	mul: []func(c, a, b *float32, ldc, ars, aks, ldb, rows, depth int, alpha, next *float32, step, stripe int){
		mul16AVX512, mul32AVX512,
	},
	mulTail: mulTailAVX512, mask: maskAVX512, softmax: softmaxAVX512, transpose: transposeAVX512,
	softcap: softcapAVX512, alibi: alibiAVX512, bias: biasAVX512,
	finite: finiteAVX512, eluPlus1: eluPlus1AVX512, scaledExp: scaledExpAVX512, normalise: normaliseAVX512, recur: recurAVX512, recurGated: recurGatedAVX512,
	gate: gateAVX512, fade: fadeAVX512, solve: solveAVX512, scaleRows: scaleRowsAVX512, dots: dotsAVX512, weigh: weighAVX512, join: joinAVX512, largest: largestAVX512,
	peak: peakAVX512, peakFLOPs: 2 * 16 * 16, sum: sumAVX512,
}

var avx2 = assembly{
	width: 8, wide: 3,
	mul: []func(c, a, b *float32, ldc, ars, aks, ldb, rows, depth int, alpha, next *float32, step, stripe int){
		mul8AVX2, mul16AVX2, mul24AVX2,
	},
	mulTail: mulTailAVX2, mask: maskAVX2, softmax: softmaxAVX2, transpose: transposeAVX2,
	softcap: softcapAVX2, alibi: alibiAVX2, bias: biasAVX2,
	finite: finiteAVX2, eluPlus1: eluPlus1AVX2, scaledExp: scaledExpAVX2, normalise: normaliseAVX2, recur: recurAVX2, recurGated: recurGatedAVX2,
	gate: gateAVX2, fade: fadeAVX2, solve: solveAVX2, scaleRows: scaleRowsAVX2, dots: dotsAVX2, weigh: weighAVX2, join: joinAVX2, largest: largestAVX2,
	peak: peakAVX2, peakFLOPs: 2 * 12 * 8, sum: sumAVX2,
}

func (x *assembly) set(name string) *Set {
	return &Set{
		Name: name, Lanes: x.lanes(), Width: x.width,
		Matmul: x.product, Pack: x.pack, Mask: x.hide, Softmax: x.step, Softcap: x.cap, ALiBi: x.slopes, Bias: x.add, Unpack: x.unpack, Finite: x.allFinite,
		EluPlus1: x.feature, ScaledExp: x.exponentials, Normalise: x.denominators, Recur: x.recurrence,
		Gate: x.decay, DecayDots: x.fading, Solve: x.substitute, ScaleRows: x.scale, Dots: x.products, WeightedSum: x.weighted, Max: x.most, Peak: x.flops, Sum: x.total,
	}
}

func (x *assembly) lanes() int { return x.width * x.wide }

// product cuts the columns into strips of the widest tile that is left.
func (x *assembly) product(c []float32, ldc int, a []float32, ars, aks int, b []float32, ldb, rows, depth, cols int, alpha []float32, prefetch Prefetch) {
	if rows <= 0 || cols <= 0 {
		return
	}
	whole := (cols + x.width - 1) &^ (x.width - 1)
	_ = c[(rows-1)*ldc+whole-1]
	var pa, pb, scale *float32
	if depth > 0 {
		_ = a[(rows-1)*ars+(depth-1)*aks]
		_ = b[(depth-1)*ldb+cols-1]
		pa = &a[0]
	}
	soon, step, stripe := &c[0], 0, 0
	if len(prefetch.From) > 0 {
		soon, step, stripe = &prefetch.From[0], prefetch.Step, prefetch.Stripe
	}
	for at := 0; at < cols; {
		if depth > 0 {
			pb = &b[at]
		}
		if alpha != nil {
			_ = alpha[whole-1]
			scale = &alpha[at]
		}
		vectors := min(x.wide, (cols-at)/x.width)
		if vectors == 0 {
			x.mulTail(&c[at], pa, pb, ldc, ars, aks, ldb, rows, depth, scale, soon, step, stripe, cols-at)
			return
		}
		x.mul[vectors-1](&c[at], pa, pb, ldc, ars, aks, ldb, rows, depth, scale, soon, step, stripe)
		at += vectors * x.width
	}
}

// pack turns whole blocks in registers and the edges by the plain loop.
func (x *assembly) pack(dst, src []float32, ld, rows, d int, scale float32) {
	L, w := x.lanes(), x.width
	if rows <= 0 || d <= 0 {
		return
	}
	_, _ = dst[d*L-1], src[(rows-1)*ld+d-1]
	r, blocks := 0, d/w
	if blocks > 0 {
		for ; r+w <= rows; r += w {
			x.transpose(&dst[r], &src[r*ld], L, ld, w*L, w, blocks, nil, scale)
		}
	}
	c := 0
	if r == L {
		c = blocks * w
	}
	for ; c < d; c++ {
		row := dst[c*L : (c+1)*L]
		i := r
		if c >= blocks*w {
			i = 0
		}
		for ; i < rows; i++ {
			row[i] = scale * src[i*ld+c]
		}
		clear(row[rows:])
	}
}

func (x *assembly) unpack(dst []float32, ld int, o, factor []float32, rows, dv int) {
	L, w := x.lanes(), x.width
	if rows <= 0 || dv <= 0 {
		return
	}
	_, _, _ = dst[(rows-1)*ld+dv-1], o[dv*L-1], factor[rows-1]
	r, blocks := 0, dv/w
	if blocks > 0 {
		for ; r+w <= rows; r += w {
			x.transpose(&dst[r*ld], &o[r], ld, L, w, w*L, blocks, &factor[r], 0)
		}
	}
	i := 0
	if blocks*w == dv {
		i = r
	}
	for ; i < rows; i++ {
		c := 0
		if i < r {
			c = blocks * w
		}
		for ; c < dv; c++ {
			if factor[i] == 0 {
				dst[i*ld+c] = 0
			} else {
				dst[i*ld+c] = o[c*L+i] * factor[i]
			}
		}
	}
}

func (x *assembly) hide(s []float32, vis []uint32, keys int) {
	if keys > 0 {
		_, _ = s[keys*x.lanes()-1], vis[keys-1]
		x.mask(&s[0], &vis[0], keys)
	}
}

func (x *assembly) step(s, m, l, alpha []float32, keys int) {
	if keys > 0 {
		last := x.lanes() - 1
		_, _, _, _ = s[keys*x.lanes()-1], m[last], l[last], alpha[last]
		x.softmax(&s[0], &m[0], &l[0], &alpha[0], keys)
	}
}

func (x *assembly) cap(s []float32, keys int, softcap float32) {
	if keys > 0 {
		_ = s[keys*x.lanes()-1]
		x.softcap(&s[0], keys*x.wide, softcap)
	}
}

func (x *assembly) slopes(s []float32, keys int, distance, slope float32) {
	if keys > 0 {
		_ = s[keys*x.lanes()-1]
		x.alibi(&s[0], keys, distance, slope)
	}
}

func (x *assembly) add(s, bias []float32, keys int) {
	if keys > 0 {
		_, _ = s[keys*x.lanes()-1], bias[keys*x.lanes()-1]
		x.bias(&s[0], &bias[0], keys*x.wide)
	}
}

func (x *assembly) allFinite(m []float32, ld, rows, cols int) bool {
	if rows <= 0 || cols <= 0 {
		return true
	}
	_ = m[(rows-1)*ld+cols-1]
	return x.finite(&m[0], ld, rows, cols)
}

func (x *assembly) feature(dst, src []float32) {
	if n := len(src); n > 0 {
		_ = dst[n-1]
		x.eluPlus1(&dst[0], &src[0], n)
	}
}

func (x *assembly) exponentials(v []float32, scale, shift, factor float32) {
	if n := len(v); n > 0 {
		x.scaledExp(&v[0], n, scale, shift, factor)
	}
}

func (x *assembly) denominators(den, z, q, k []float32, ld, m, tokens int) {
	if tokens > 0 && m > 0 {
		last := (tokens-1)*ld + m - 1
		_, _, _, _ = den[tokens-1], z[m-1], q[last], k[last]
		x.normalise(&den[0], &z[0], &q[0], &k[0], ld, m, tokens)
	}
}

// recurrence cuts the columns into strips of two vectors, each of which fetches
// its share of the next features' lines.
func (x *assembly) recurrence(r Recurrence) {
	if r.Tokens <= 0 || r.M <= 0 || r.Dv <= 0 {
		return
	}
	strip := 2 * x.width
	_, _ = r.Out[(r.Tokens-1)*r.LdOut+r.Dv-1], r.V[(r.Tokens-1)*r.LdV+r.Dv-1]
	_, _, _ = r.Q[(r.Tokens-1)*r.Ld+r.M-1], r.K[(r.Tokens-1)*r.Ld+r.M-1], r.Factor[r.Tokens-1]
	_ = r.S[(r.M-1)*r.LdS+(r.Dv+strip-1)/strip*strip-1]
	if r.A != nil {
		_ = r.A[(r.Tokens-1)*r.Ld+r.M-1]
	}
	for c := 0; c < r.Dv; c += strip {
		q, k, ldq, ldk := &r.Q[0], &r.K[0], 0, 0
		if len(r.PrefetchQ.From) > c && len(r.PrefetchK.From) > c {
			q, k, ldq, ldk = &r.PrefetchQ.From[c], &r.PrefetchK.From[c], r.PrefetchQ.Step, r.PrefetchK.Step
		}
		if r.A != nil {
			x.recurGated(&r.Out[c], &r.Q[0], &r.K[0], &r.A[0], &r.V[c], &r.S[c], &r.Factor[0], q, k,
				r.LdOut, r.Ld, r.LdV, r.LdS, ldq, ldk, r.M, r.Tokens, min(strip, r.Dv-c))
			continue
		}
		x.recur(&r.Out[c], &r.Q[0], &r.K[0], &r.V[c], &r.S[c], &r.Factor[0], q, k,
			r.LdOut, r.Ld, r.LdV, r.LdS, ldq, ldk, r.M, r.Tokens, min(strip, r.Dv-c))
	}
}

func (x *assembly) flops(rounds int) int64 {
	x.peak(rounds)
	return int64(rounds) * x.peakFLOPs
}

func (x *assembly) total(v []float32) float32 {
	var sum float32
	whole := len(v) / x.width
	if whole > 0 {
		sum = x.sum(&v[0], whole)
	}
	for _, f := range v[whole*x.width:] {
		sum += f
	}
	return sum
}
