package amd64

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// transpose emits the turn of square blocks, width by width, with every column
// of the source multiplied by its factor on the way in:
//
//	dst[c, r] = src[r, c]·factor[c]    or ·scale where factor is nil
//
// Pack turns rows of Q [rows, d] into Qᵀ [d, L], times the scale; Unpack turns Oᵀ [dv, L]
// into rows of the output, each row times its 1/l. A call does a strip of blocks: dstStep
// and srcStep lead from one block to the next in either direction, ldd and lds from row to
// row within one. The adapters do the edges that are not whole blocks.
//
// A factor of 0 gives 0 whatever src holds, NaN too: a row that sees no key is exactly 0.
// 0·NaN would be NaN, so lanes with a factor of 0 are masked to zero.
func (e *emitter) transpose() {
	e.begin("transpose", "func(dst, src *float32, ldd, lds, dstStep, srcStep, blocks int, factor *float32, scale float32)", `turns square blocks of width rows; a factor of 0 stores 0 whatever src holds, and where factor is nil it is scale everywhere:
	for i := range blocks {
		for r := range width {
			for c := range width {
				dst[i*dstStep+c*ldd+r] = src[i*srcStep+r*lds+c] * factor[c]
			}
		}
	}`)
	dst, src := e.param("dst"), e.param("src")
	ldd, lds := e.stride("ldd"), e.stride("lds")
	dstStep, srcStep := e.stride("dstStep"), e.stride("srcStep")
	n, f := e.param("blocks"), e.param("factor")
	factor := e.vec()
	uniform, ready := e.label("uniform"), e.label("ready")
	var nonzero reg.Register
	e.TESTQ(f, f)
	if e.hasMasks() {
		nonzero = e.K()
	} else {
		nonzero = e.vec()
	}
	e.JZ(operand.LabelRef(uniform))
	e.VMOVUPS(operand.Mem{Base: f}, factor)
	zero := e.vec()
	e.zero(zero)
	e.VCMPPS(operand.U8(4), zero, factor, nonzero)
	e.JMP(operand.LabelRef(ready))
	e.Label(uniform)
	e.VBROADCASTSS(e.slot("scale"), factor)
	if e.hasMasks() {
		e.KXNORW(nonzero, nonzero, nonzero)
	} else {
		e.VPCMPEQD(nonzero, nonzero, nonzero)
	}
	e.Label(ready)
	e.loop(n, 1, func(int) {
		p := e.GP64()
		e.MOVQ(src, p)
		rows := e.vecs(e.width)
		for _, row := range rows {
			if e.hasMasks() {
				e.VMULPS_Z(operand.Mem{Base: p}, factor, nonzero, row)
			} else {
				e.VMULPS(operand.Mem{Base: p}, factor, row)
				e.VANDPS(nonzero, row, row)
			}
			e.ADDQ(lds, p)
		}
		q := e.GP64()
		e.MOVQ(dst, q)
		for _, column := range e.turned(rows) {
			e.VMOVUPS(column, operand.Mem{Base: q})
			e.ADDQ(ldd, q)
		}
		e.ADDQ(srcStep, src)
		e.ADDQ(dstStep, dst)
	})
	e.end()
}

// turned returns the columns of a square block of rows, width by width. Each stage doubles
// the size of what is transposed, with one shuffle a vector:
//
//	singles  VUNPCKLPS, VUNPCKHPS  rows 2i and 2i+1 interleaved: pairs
//	doubles  VUNPCKLPD, VUNPCKHPD  two of these: fours, a column of 4 rows per quarter
//	quarters VPERM2F128            AVX2: halves of two fours, done
//	         VSHUFF32X4, twice     AVX-512: quarters of four fours
//
// UNPCK works within quarters of 4 lanes, which is why the last stages move these whole.
// 24 shuffles turn 64 elements on AVX2, 64 turn 256 on AVX-512.
func (e *emitter) turned(rows []reg.VecVirtual) []reg.VecVirtual {
	n := len(rows)
	pairs := make([]reg.VecVirtual, n)
	for i := 0; i < n; i += 2 {
		pairs[i], pairs[i+1] = e.vec(), e.vec()
		e.VUNPCKLPS(rows[i+1], rows[i], pairs[i])
		e.VUNPCKHPS(rows[i+1], rows[i], pairs[i+1])
	}
	// fours[4g+c] holds, in quarter t, rows 4g..4g+3 of column 4t+c.
	fours := make([]reg.VecVirtual, n)
	for g := 0; g < n; g += 4 {
		for c := range 4 {
			fours[g+c] = e.vec()
			if c%2 == 0 {
				e.VUNPCKLPD(pairs[g+2+c/2], pairs[g+c/2], fours[g+c])
			} else {
				e.VUNPCKHPD(pairs[g+2+c/2], pairs[g+c/2], fours[g+c])
			}
		}
	}
	columns := make([]reg.VecVirtual, n)
	for c := range 4 {
		if !e.hasMasks() {
			columns[c], columns[4+c] = e.vec(), e.vec()
			e.VPERM2F128(operand.U8(0x20), fours[4+c], fours[c], columns[c])
			e.VPERM2F128(operand.U8(0x31), fours[4+c], fours[c], columns[4+c])
			continue
		}
		// Quarters 0 and 2, and 1 and 3, of two groups of four rows each.
		even, odd := e.vecs(2), e.vecs(2)
		for i := range 2 {
			lo, hi := fours[8*i+c], fours[8*i+4+c]
			e.VSHUFF32X4(operand.U8(0x88), hi, lo, even[i])
			e.VSHUFF32X4(operand.U8(0xdd), hi, lo, odd[i])
		}
		for t, pair := range [][]reg.VecVirtual{even, odd} {
			columns[4*t+c], columns[8+4*t+c] = e.vec(), e.vec()
			e.VSHUFF32X4(operand.U8(0x88), pair[1], pair[0], columns[4*t+c])
			e.VSHUFF32X4(operand.U8(0xdd), pair[1], pair[0], columns[8+4*t+c])
		}
	}
	return columns
}
