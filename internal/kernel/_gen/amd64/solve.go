package amd64

import (
	"github.com/mmcloughlin/avo/operand"
)

// solve emits the forward substitution of delta rules: it solves
//
//	(I + diag(beta)·tril(R, -1))·U = diag(beta)·(V - W)
//
// for U [T, Dv], row by row, as row t needs the rows before it alone:
//
//	u_t = beta_t·(v_t - w_t - Σ_{s<t} R[t, s]·u_s)
//
// R [T, T] is DK of decaydots.go, W [T, Dv] the values that the state holds under the
// decayed keys (gate.go), beta [T] the strengths of the updates. The inverse of the
// triangle, as the papers have it, is never formed: U is all that is needed of it.
//
// Columns are independent. A strip of two vectors takes all tokens before the next strip:
// x, the two vectors of u_t, stays in registers while s runs; the u_s come from memory,
// where they were just written. That is T²·Dv FLOPs, beside 6·T·M·Dv with the state: one
// broadcast for two multiply-adds, in two chains, is enough.
func (e *emitter) solve() {
	e.begin("solve", "func(u, w, v, r, beta *float32, ldu, ldw, ldv, ldr, tokens, strips int)", `computes the rows that update the state, for strips of two vectors of columns:
	for t := range tokens {
		for c := range cols {
			x := v[t*ldv+c] - w[t*ldw+c]
			for s := range t {
				x -= r[t*ldr+s] * u[s*ldu+c]
			}
			u[t*ldu+c] = beta[t] * x
		}
	}`)
	ldu, ldw, ldv, ldr := e.stride("ldu"), e.stride("ldw"), e.stride("ldv"), e.stride("ldr")
	strips := e.param("strips")
	e.loop(strips, 1, func(int) {
		v, w, r, beta, u := e.param("v"), e.param("w"), e.param("r"), e.param("beta"), e.param("u")
		t, tokens := e.GP64(), e.param("tokens")
		e.XORQ(t, t)
		e.loop(tokens, 1, func(int) {
			x := e.vecs(2)
			for j, y := range x {
				e.VMOVUPS(e.at(v, j), y)
				e.VSUBPS(e.at(w, j), y, y)
			}
			s, before, n := e.GP64(), e.param("u"), e.GP64()
			e.MOVQ(r, s)
			e.MOVQ(t, n)
			e.loop(n, 1, func(int) {
				f := e.vec()
				e.VBROADCASTSS(operand.Mem{Base: s}, f)
				for j, y := range x {
					e.VFNMADD231PS(e.at(before, j), f, y)
				}
				e.ADDQ(operand.I32(4), s)
				e.ADDQ(ldu, before)
			})
			f := e.vec()
			e.VBROADCASTSS(operand.Mem{Base: beta}, f)
			for j, y := range x {
				e.VMULPS(f, y, y)
				e.VMOVUPS(y, e.at(u, j))
			}
			e.ADDQ(ldv, v)
			e.ADDQ(ldw, w)
			e.ADDQ(ldr, r)
			e.ADDQ(ldu, u)
			e.ADDQ(operand.I32(4), beta)
			e.INCQ(t)
		})
		for _, name := range []string{"u", "w", "v"} {
			e.ADDQ(operand.I32(2*e.bytes()), e.slot(name))
		}
	})
	e.end()
}
