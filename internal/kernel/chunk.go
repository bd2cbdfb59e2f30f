package kernel

// Gated is what Gate and DecayDots work on: a chunk of tokens of a recurrent rule. The
// algebra that they serve is in _gen/amd64/gate.go. M is a multiple of Width: pad with zeros.
type Gated struct {
	Q, K, A       []float32 // [Tokens, M]; A holds the decays, 0 to 1
	LdQ, LdK, LdA int       // row strides; LdA 0 is one row for all
	M, Tokens     int
	Scale         float32   // of Qd and DQ
	Qd, Kd, Ke    []float32 // of Gate, [Tokens, M] without gaps
	Total         []float32 // of Gate, [M]
	DQ, DK        []float32 // of DecayDots, [Tokens, LdD], written on and below the diagonal
	LdD           int
	X             []float32 // scratch of DecayDots, [M]
}

func gateGeneric(g Gated) {
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

func decayDotsGeneric(g Gated) {
	x := g.X[:g.M]
	for s := range g.Tokens {
		copy(x, g.K[s*g.LdK:])
		for t := s; t < g.Tokens; t++ {
			var sumQ, sumK float32
			for i, y := range x {
				if t > s {
					y *= g.A[t*g.LdA+i]
					x[i] = y
				}
				sumQ += g.Q[t*g.LdQ+i] * y
				sumK += g.K[t*g.LdK+i] * y
			}
			g.DQ[t*g.LdD+s], g.DK[t*g.LdD+s] = g.Scale*sumQ, sumK
		}
	}
}

func solveGeneric(u, w, v, r, beta []float32, ldu, ldw, ldv, ldr, tokens, cols int) {
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

func scaleRowsGeneric(s, f []float32, ld, rows, cols int) {
	for i := range rows {
		for c := range s[i*ld : i*ld+cols] {
			s[i*ld+c] *= f[i]
		}
	}
}
