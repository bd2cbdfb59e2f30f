package amd64

import (
	"github.com/mmcloughlin/avo/operand"
)

// finite emits the test whether all elements of x [rows, cols] are finite:
//
//	Σ_i 0·x[i] == 0
//
// 0·x is 0 for every finite x and NaN for NaN and ±Inf, and a sum with NaN stays NaN. So
// the test costs one multiply-add a vector, without a comparison or a branch, and says
// nothing about where. 8 sums take vectors in turn, so that none waits for the one before.
//
// Rows have a stride, and a row of cols that are not whole vectors ends in a masked load,
// which gives zeros past the row: what lies between the rows is not looked at. The mask is
// the same for all rows; where cols is whole there is no such load.
func (e *emitter) finite() {
	e.begin("finite", "func(x *float32, ld, rows, cols int) bool", `reports whether no element is NaN or Inf:
	for i := range rows {
		for c := range cols {
			if x[i*ld+c]*0 != 0 {
				return false
			}
		}
	}
	return true`)
	x, ld, rows := e.param("x"), e.stride("ld"), e.param("rows")
	zero, sum := e.vec(), e.vecs(8)
	e.zero(zero)
	e.zero(sum...)
	cols := e.param("cols")
	rest := e.GP64()
	e.MOVQ(cols, rest)
	e.ANDQ(operand.I32(e.width-1), rest)
	t := e.tailOf(rest, 1)
	e.loop(rows, 1, func(int) {
		p, n := e.GP64(), e.GP64()
		e.MOVQ(x, p)
		e.MOVQ(cols, n)
		e.SHRQ(operand.U8(log2(e.width)), n)
		add := func(steps int) {
			for i := range steps {
				e.VFMADD231PS(e.at(p, i), zero, sum[i])
			}
			e.ADDQ(operand.I32(steps*e.bytes()), p)
		}
		eights := e.GP64()
		e.MOVQ(n, eights)
		e.SHRQ(operand.U8(3), eights)
		e.loop(eights, 1, func(int) { add(8) })
		e.ANDQ(operand.I32(7), n)
		e.loop(n, 2, add)
		whole := e.label("whole")
		e.TESTQ(rest, rest)
		e.JZ(operand.LabelRef(whole))
		v := e.vec()
		e.loadTail(t, 0, e.at(p, 0), v)
		e.VFMADD231PS(v, zero, sum[7])
		e.Label(whole)
		e.ADDQ(ld, x)
	})
	for half := 4; half >= 1; half /= 2 {
		for i := range half {
			e.VADDPS(sum[half+i], sum[i], sum[i])
		}
	}
	bad := e.GP32()
	if e.hasMasks() {
		k := e.K()
		e.VCMPPS(operand.U8(4), zero, sum[0], k) // not equal, or unordered
		e.KMOVW(k, bad)
	} else {
		e.VCMPPS(operand.U8(4), zero, sum[0], sum[0])
		e.VMOVMSKPS(sum[0], bad)
	}
	e.TESTL(bad, bad)
	good := e.GP8()
	e.SETEQ(good)
	e.Store(good, e.ReturnIndex(0))
	e.end()
}
