package kernel

// Gated is what Gate works on. Rows of Qd, Kd and Ke have no gaps. M is a multiple
// of Width: pad with zeros.
type Gated struct {
	Qd, Kd, Ke    []float32 // [Tokens, M], out
	Total         []float32 // [M], out
	Q, K, A       []float32 // [Tokens, M]; A holds the decays, 0 to 1
	LdQ, LdK, LdA int       // row strides; LdA 0 is one row for all
	M, Tokens     int
	Scale         float32 // of Qd
}

// The plain forms of the kernels of recurrent rules; the algebra is in _gen/gates.go.

func genericGate(g Gated) {
	for i := range g.M {
		c, e := float32(1), float32(1)
		for t := range g.Tokens {
			c *= g.A[t*g.LdA+i]
			g.Qd[t*g.M+i] = g.Scale * (c * g.Q[t*g.LdQ+i])
			g.Kd[t*g.M+i] = c * g.K[t*g.LdK+i]
		}
		g.Total[i] = c
		for t := g.Tokens - 1; t >= 0; t-- {
			g.Ke[t*g.M+i] = e * g.K[t*g.LdK+i]
			e *= g.A[t*g.LdA+i]
		}
	}
}

func genericFade(dq, dk []float32, ldd int, x, q, k, a []float32, ldq, ldk, lda, m, rows int, scale float32) {
	x = x[:m]
	copy(x, k)
	for t := range rows {
		var sumQ, sumK float32
		for i, y := range x {
			if t > 0 {
				y *= a[t*lda+i]
				x[i] = y
			}
			sumQ += q[t*ldq+i] * y
			sumK += k[t*ldk+i] * y
		}
		dq[t*ldd], dk[t*ldd] = scale*sumQ, sumK
	}
}

func genericSolve(u, w, v, r, beta []float32, ldu, ldw, ldv, ldr, tokens, cols int) {
	for t := range tokens {
		row := u[t*ldu : t*ldu+cols]
		for c := range row {
			x := v[t*ldv+c] - w[t*ldw+c]
			for s := range t {
				x -= r[t*ldr+s] * u[s*ldu+c]
			}
			row[c] = beta[t] * x
		}
	}
}

func genericScaleRows(s, f []float32, ld, rows, cols int) {
	for i := range rows {
		for c := range s[i*ld : i*ld+cols] {
			s[i*ld+c] *= f[i]
		}
	}
}
