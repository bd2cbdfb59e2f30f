package kernel

// Gated is what Gate and DecayDots work on: a chunk of tokens of a recurrent rule. The
// algebra that they serve is in _gen/amd64/gate.go. M is a multiple of Width: pad with zeros.
type Gated struct {
	Q, K, A   []float32 // [Tokens, M]; A holds the decays, 0 to 1
	M, Tokens int
	Scale     float32 // of Qd and DQ

	LdQ, LdK, LdA int // row strides; LdA 0 is one row for all

	Qd, Kd, Ke []float32 // [Tokens, M] without gaps, written by Gate
	Total      []float32 // [M], written by Gate

	DQ, DK []float32 // [Tokens, LdD], written by DecayDots on and below the diagonal
	LdD    int
	X      []float32 // [M], scratch of DecayDots
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
