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

// gate emits the rows scaled by C and E. A column of vectors goes down the tokens
// for C and back up for E.
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

// decayDots emits the products of one token's key with the rows from its own on, while
// the key decays.
func (e *emitter) decayDots() {
	e.begin("decayDots", "func(dq, dk *float32, ldd int, x, q, k, a *float32, ldq, ldk, lda, m, rows int, scale float32)", `multiplies the key of row 0 with all rows, for m in whole vectors; x [m] is scratch:
	copy(x, k[:m])
	for t := range rows {
		sumQ, sumK := float32(0), float32(0)
		for i := range m {
			if t > 0 {
				x[i] *= a[t*lda+i]
			}
			sumQ += q[t*ldq+i] * x[i]
			sumK += k[t*ldk+i] * x[i]
		}
		dq[t*ldd] = scale * sumQ
		dk[t*ldd] = sumK
	}`)
	dq, dk, ldd := e.param("dq"), e.param("dk"), e.stride("ldd")
	q, k, a, rows := e.param("q"), e.param("k"), e.param("a"), e.param("rows")
	i := e.GP64()
	x := e.param("x")
	// The first row has no decay: it multiplies a copy of the key by itself.
	row := func(first bool) {
		sums := e.vecs(4)
		e.zero(sums...)
		e.XORQ(i, i)
		n := e.param("m")
		e.SHRQ(operand.U8(log2(e.width)), n)
		e.loop(n, 2, func(steps int) {
			for j := range steps {
				cell := func(base reg.GPVirtual) operand.Mem {
					return operand.Mem{Base: base, Index: i, Scale: 1, Disp: j * e.bytes()}
				}
				v := e.vec()
				if first {
					e.VMOVUPS(cell(k), v)
				} else {
					e.VMOVUPS(cell(x), v)
					e.VMULPS(cell(a), v, v)
				}
				e.VMOVUPS(v, cell(x))
				e.VFMADD231PS(cell(q), v, sums[2*j])
				e.VFMADD231PS(cell(k), v, sums[2*j+1])
			}
			e.ADDQ(operand.I32(steps*e.bytes()), i)
		})
		e.VADDPS(sums[2], sums[0], sums[0])
		e.VADDPS(sums[3], sums[1], sums[1])
		sum := e.horizontal(sums[0])
		e.VMULSS(e.slot("scale"), sum, sum)
		e.VMOVSS(sum, operand.Mem{Base: dq})
		e.VMOVSS(e.horizontal(sums[1]), operand.Mem{Base: dk})
		e.ADDQ(ldd, dq)
		e.ADDQ(ldd, dk)
		for _, next := range []struct {
			p  reg.GPVirtual
			ld string
		}{{q, "ldq"}, {k, "ldk"}, {a, "lda"}} {
			ld := e.stride(next.ld)
			e.ADDQ(ld, next.p)
		}
	}
	row(true)
	e.DECQ(rows)
	e.loop(rows, 1, func(int) { row(false) })
	e.end()
}

// solve emits the forward substitution of delta rules, two vectors of columns at a
// time. The tokens before t are taken from memory: u is written row by row.
func (e *emitter) solve() {
	e.begin("solve", "func(u, w, v, r, beta *float32, ldu, ldw, ldv, ldr, tokens, strips int)", `computes what enters the state, for strips of two vectors of columns:
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

// scaleRows emits the decay of a state.
func (e *emitter) scaleRows() {
	e.begin("scaleRows", "func(s, f *float32, ld, rows, vectors int)", `scales each row by its factor, for rows of whole vectors:
	for i := range rows {
		for c := range cols {
			s[i*ld+c] *= f[i]
		}
	}`)
	s, f, ld, rows := e.param("s"), e.param("f"), e.stride("ld"), e.param("rows")
	e.loop(rows, 1, func(int) {
		x, p, n := e.vec(), e.GP64(), e.param("vectors")
		e.VBROADCASTSS(operand.Mem{Base: f}, x)
		e.MOVQ(s, p)
		e.loop(n, 4, func(steps int) {
			for j := range steps {
				y := e.vec()
				e.VMULPS(e.at(p, j), x, y)
				e.VMOVUPS(y, e.at(p, j))
			}
			e.ADDQ(operand.I32(steps*e.bytes()), p)
		})
		e.ADDQ(ld, s)
		e.ADDQ(operand.I32(4), f)
	})
	e.end()
}
