package linear

import (
	"attnbench/attn"
	"attnbench/internal/kernel"
)

// wy returns u [n, Dv] and its stride: the values by which a block of a delta rule updates
// the state. With S the state before the block, and C and D as in chunk.go,
//
//	u_t = beta_t·(v_t - Sᵀ(C_t∘k_t) - Σ_{s<t} ((D_ts∘k_s)·k_t) u_s)
//
// This is the WY representation by forward substitution (Yang et al. 2024, DeltaNet, section
// 3.2; Gated DeltaNet, section 3.2; Kimi Team 2025, section 3).
func (x gates) wy(st *state, a *attn.Args, n int) (u []float32, ldu int) {
	c, dv := &st.gate, x.p.ValueDim
	for t := range n {
		c.beta[t] = a.Beta.Row(st.b, st.g, st.taken+t)[0]
	}
	x.set.Matmul(c.sk, x.ldv, c.kd, x.ldm, 1, st.s, x.ldv, n, x.m, dv, nil, kernel.Prefetch{})
	x.set.Solve(c.u, c.sk, a.V.From(st.b, st.g, st.taken), c.dk, c.beta, x.ldv, x.ldv, a.V.Stride[2], x.tokens, n, dv)
	return c.u, x.ldv
}
