package amd64

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// decayDots emits the dot products of one token's key k_s with the rows from its own on.
// x is the key, which loses a factor a_t per row; with D_ts = Π_{s < r <= t} a_r
//
//	x = D_ts∘k_s    dq[t] = scale·Σ_i x[i]·q[t, i]    dk[t] = Σ_i x[i]·k[t, i]    t = s, s+1, ..
//
// These are column s of the two triangular matrices DQ and DK of gate.go, whose row stride
// is ldd; the caller takes s = 0, 1, .. in turn. D_ts grows by one factor of at most 1 per
// row, so that no quotient of decays is formed and nothing overflows: dividing C_t by C_s
// would, where strong decays make both of them 0.
//
// x [M] stays in memory, a few lines of L1, as M has no bound. A vector of a row takes 4
// loads, a multiplication, a store and 2 multiply-adds, or 5·M FLOPs a pair (s, t): at 16
// tokens and 64 columns of values a sixth of what the products with the state take.
// Neighbouring vectors add to sums of their own, 2 for q and 2 for k, to hide latency.
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
		for _, input := range []struct {
			row reg.GPVirtual
			ld  string
		}{{q, "ldq"}, {k, "ldk"}, {a, "lda"}} {
			ld := e.stride(input.ld)
			e.ADDQ(ld, input.row)
		}
	}
	row(true)
	e.DECQ(rows)
	e.loop(rows, 1, func(int) { row(false) })
	e.end()
}
