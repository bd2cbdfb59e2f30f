//go:build !purego

package kernel

import "math/bits"

// recur cuts the columns into strips of two vectors. Each strip prefetches its share of
// the lines of q and k.
func (x *simd) recur(r Recurrence) {
	if r.Tokens <= 0 || r.M <= 0 || r.Dv <= 0 {
		return
	}
	strip := 2 * x.width
	_, _ = r.Out[(r.Tokens-1)*r.LdOut+r.Dv-1], r.V[(r.Tokens-1)*r.LdV+r.Dv-1]
	_, _, _ = r.Q[(r.Tokens-1)*r.Ld+r.M-1], r.K[(r.Tokens-1)*r.Ld+r.M-1], r.Factor[r.Tokens-1]
	_ = r.S[(r.M-1)*r.LdS+RoundUp(r.Dv, strip)-1]
	if r.A != nil {
		_ = r.A[(r.Tokens-1)*r.Ld+r.M-1]
	}
	if r.Heads > 1 {
		x.recurHeads(r)
		return
	}
	for c := 0; c < r.Dv; c += strip {
		q, k, ldq, ldk := &r.Q[0], &r.K[0], 0, 0
		if len(r.PrefetchQ.From) > c && len(r.PrefetchK.From) > c {
			q, k, ldq, ldk = &r.PrefetchQ.From[c], &r.PrefetchK.From[c], r.PrefetchQ.Step, r.PrefetchK.Step
		}
		if r.A != nil {
			x.asm.recurGated(&r.Out[c], &r.Q[0], &r.K[0], &r.A[0], &r.V[c], &r.S[c], &r.Factor[0], q, k,
				r.LdOut, r.Ld, r.LdV, r.LdS, ldq, ldk, r.M, r.Tokens, min(strip, r.Dv-c))
			continue
		}
		x.asm.recur(&r.Out[c], &r.Q[0], &r.K[0], &r.V[c], &r.S[c], &r.Factor[0], q, k,
			r.LdOut, r.Ld, r.LdV, r.LdS, ldq, ldk, r.M, r.Tokens, min(strip, r.Dv-c))
	}
}

// recurHeads is recur of several query heads, in strips that end with a pair of vectors.
func (x *simd) recurHeads(r Recurrence) {
	last, shift := r.Heads-1, bits.TrailingZeros(uint(r.Heads))-1
	_, _ = r.Out[last*r.HeadOut+(r.Tokens-1)*r.LdOut+r.Dv-1], r.Q[last*r.HeadQ+(r.Tokens-1)*r.Ld+r.M-1]
	_ = r.Factor[last*r.HeadFactor+r.Tokens-1]
	strip := x.headVectors * x.width
	for c := 0; c < r.Dv; c += strip {
		if r.A != nil {
			x.asm.recurGatedHeads[shift](&r.Out[c], &r.Q[0], &r.K[0], &r.A[0], &r.V[c], &r.S[c], &r.Factor[0],
				r.LdOut, r.HeadOut, r.Ld, r.HeadQ, r.LdV, r.LdS, r.HeadFactor, r.M, r.Tokens, min(strip, r.Dv-c))
			continue
		}
		x.asm.recurHeads[shift](&r.Out[c], &r.Q[0], &r.K[0], &r.V[c], &r.S[c], &r.Factor[0],
			r.LdOut, r.HeadOut, r.Ld, r.HeadQ, r.LdV, r.LdS, r.HeadFactor, r.M, r.Tokens, min(strip, r.Dv-c))
	}
}
