package kernel

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
