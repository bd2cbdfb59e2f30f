package amd64

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The kernels of recurrent rules work on a block of tokens t with decays a[t, i] of
// the state's rows i. With C_t = Π_{r <= t} a_r, E_t = Π_{r > t} a_r and
// D_ts = Π_{s < r <= t} a_r, all of them products of factors of at most 1, the block
// meets the state S before it once:
//
//	u_t   = beta_t·(v_t - Sᵀ(C_t∘k_t) - Σ_{s<t} ((D_ts∘k_s)·k_t) u_s)   delta; else v_t
//	out_t = Sᵀ(C_t∘q_t) + Σ_{s<=t} ((D_ts∘k_s)·q_t) u_s
//	S     = C_last∘S + Σ_s (E_s∘k_s) u_sᵀ
//
// (Yang et al. 2024, Gated DeltaNet, section 3.2; Kimi Team 2025, section 3: the WY
// form by forward substitution.) No quotient of decays is ever formed.

// Written as matrices over a chunk of T tokens, with rows q_t, k_t, v_t:
//
//	Qd [T, M]   scale·C_t∘q_t            gate.go
//	Kd [T, M]   C_t∘k_t                  gate.go
//	Ke [T, M]   E_t∘k_t                  gate.go
//	DQ [T, T]   scale·(D_ts∘k_s)·q_t     decaydots.go, for s <= t
//	DK [T, T]   (D_ts∘k_s)·k_t           decaydots.go, for s <= t
//	W  [T, Dv]  Kd·S                     matmul.go
//	U  [T, Dv]  u_t                      solve.go, from W, DK, beta and V
//	Out         Qd·S + tril(DQ)·U        matmul.go
//	S  [M, Dv]  diag(C_last)·S + Keᵀ·U   matmul.go, scalerows.go
//
// The three products with the state are most of the work.

// gate emits Qd, Kd, Ke and C_last (total [M]). A column of vectors goes down the tokens
// and back up:
//
//	down  c_t = c_(t-1)·a_t    Qd_t = scale·c_t·q_t    Kd_t = c_t·k_t
//	up    Ke_t = e_t·k_t       e_(t-1) = e_t·a_t
//
// with c_0 = e_last = 1. c and e are one register and one chain of multiplications each.
// q, k and a have strides of their own, and that of a may be 0: one row of decays for all
// tokens. The outputs have no gaps. What is written is read again from L1 by the products.
//
// The arguments q, k, a, qd, kd, ke and total are moved on in their slots: with 4 strides,
// 7 pointers and 2 counters there are no registers to keep both their starts and the rows.
func (e *emitter) gate() {
	e.begin("gate", "func(qd, kd, ke, total, q, k, a *float32, ldq, ldk, lda, m, tokens int, scale float32)", `scales the rows of a block by their decays, for m in whole vectors:
	for i := range m {
		c, e := float32(1), float32(1)
		for t := range tokens {
			c *= a[t*lda+i]
			qd[t*m+i] = scale * c * q[t*ldq+i]
			kd[t*m+i] = c * k[t*ldk+i]
		}
		total[i] = c
		for t := tokens - 1; t >= 0; t-- {
			ke[t*m+i] = e * k[t*ldk+i]
			e *= a[t*lda+i]
		}
	}`)
	ldq, ldk, lda, ldm := e.stride("ldq"), e.stride("ldk"), e.stride("lda"), e.stride("m")
	columns := e.param("m")
	e.SHRQ(operand.U8(log2(e.width)), columns)
	scale := e.vec()
	e.VBROADCASTSS(e.slot("scale"), scale)
	e.loop(columns, 1, func(int) {
		q, k, a := e.param("q"), e.param("k"), e.param("a")
		qd, kd := e.param("qd"), e.param("kd")
		c := e.vec()
		e.VMOVUPS(e.constant("one", 1), c)
		n := e.param("tokens")
		e.loop(n, 1, func(int) {
			e.VMULPS(e.at(a, 0), c, c)
			x, y := e.vec(), e.vec()
			e.VMULPS(e.at(q, 0), c, x)
			e.VMULPS(scale, x, x)
			e.VMOVUPS(x, e.at(qd, 0))
			e.VMULPS(e.at(k, 0), c, y)
			e.VMOVUPS(y, e.at(kd, 0))
			for _, row := range []struct{ p, ld reg.GPVirtual }{{q, ldq}, {k, ldk}, {a, lda}, {qd, ldm}, {kd, ldm}} {
				e.ADDQ(row.ld, row.p)
			}
		})
		total := e.param("total")
		e.VMOVUPS(c, e.at(total, 0))
		back := e.param("tokens")
		ke := e.GP64()
		e.DECQ(back)
		e.MOVQ(back, ke)
		e.IMULQ(ldm, ke)
		e.ADDQ(e.slot("ke"), ke)
		e.VMOVUPS(e.constant("one", 1), c)
		e.INCQ(back)
		e.loop(back, 1, func(int) {
			e.SUBQ(ldk, k)
			e.SUBQ(lda, a)
			y := e.vec()
			e.VMULPS(e.at(k, 0), c, y)
			e.VMOVUPS(y, e.at(ke, 0))
			e.VMULPS(e.at(a, 0), c, c)
			e.SUBQ(ldm, ke)
		})
		for _, name := range []string{"q", "k", "a", "qd", "kd", "ke", "total"} {
			e.ADDQ(operand.I32(e.bytes()), e.slot(name))
		}
	})
	e.end()
}
