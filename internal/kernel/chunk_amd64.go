//go:build !purego

package kernel

func (x *simd) gate(g Gated) {
	if g.Tokens <= 0 || g.M <= 0 {
		return
	}
	all, last := g.Tokens*g.M-1, g.Tokens-1
	_, _, _, _ = g.Qd[all], g.Kd[all], g.Ke[all], g.Total[g.M-1]
	_, _, _ = g.Q[last*g.LdQ+g.M-1], g.K[last*g.LdK+g.M-1], g.A[last*g.LdA+g.M-1]
	x.asm.gate(&g.Qd[0], &g.Kd[0], &g.Ke[0], &g.Total[0], &g.Q[0], &g.K[0], &g.A[0], g.LdQ, g.LdK, g.LdA, g.M, g.Tokens, g.Scale)
}

// decayDots takes the columns of DQ and DK in turn: s is the key.
func (x *simd) decayDots(g Gated) {
	if g.Tokens <= 0 || g.M <= 0 {
		return
	}
	last := g.Tokens - 1
	_, _, _ = g.DQ[last*g.LdD+last], g.DK[last*g.LdD+last], g.X[g.M-1]
	_, _, _ = g.Q[last*g.LdQ+g.M-1], g.K[last*g.LdK+g.M-1], g.A[last*g.LdA+g.M-1]
	for s := range g.Tokens {
		d := s*g.LdD + s
		x.asm.decayDots(&g.DQ[d], &g.DK[d], g.LdD, &g.X[0], &g.Q[s*g.LdQ], &g.K[s*g.LdK], &g.A[s*g.LdA],
			g.LdQ, g.LdK, g.LdA, g.M, g.Tokens-s, g.Scale)
	}
}

// solve leaves the columns past the last whole strip to the plain loop.
func (x *simd) solve(u, w, v, r, beta []float32, ldu, ldw, ldv, ldr, tokens, cols int) {
	if tokens <= 0 || cols <= 0 {
		return
	}
	last := tokens - 1
	_, _, _ = u[last*ldu+cols-1], w[last*ldw+cols-1], v[last*ldv+cols-1]
	_, _ = r[last*ldr+last], beta[last]
	strips := cols / (2 * x.width)
	if strips > 0 {
		x.asm.solve(&u[0], &w[0], &v[0], &r[0], &beta[0], ldu, ldw, ldv, ldr, tokens, strips)
	}
	if done := strips * 2 * x.width; done < cols {
		solveGeneric(u[done:], w[done:], v[done:], r, beta, ldu, ldw, ldv, ldr, tokens, cols-done)
	}
}

func (x *simd) scaleRows(s, f []float32, ld, rows, cols int) {
	if rows > 0 && cols > 0 {
		_, _ = s[(rows-1)*ld+cols-1], f[rows-1]
		x.asm.scaleRows(&s[0], &f[0], ld, rows, cols/x.width)
	}
}
