package amd64

import (
	"github.com/mmcloughlin/avo/operand"
)

// scaleRows emits the decay of a state S [M, Dv] over a chunk, row by row:
//
//	S = diag(f)·S    f [M] is C_last of gate.go
//
// It is needed where each key dimension has its own decay. A decay that all rows share
// rides on the product that updates the state, as its alpha (matmul.go).
//
// A row's factor is broadcast once. A vector takes a load, a multiplication and a store;
// 4 vectors a turn keep the loop's own instructions small beside them.
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
