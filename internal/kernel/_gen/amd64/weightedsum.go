package amd64

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// weightedSum emits the weighted sum of some rows of V for a few rows of weights,
//
//	o[r, c] += Σ_j p[r, j]·v[j, c]    p [heads, keys], v [keys, dv], o [heads, dv]
//
// Memory is fastest for a reader that takes whole rows in their order. So a strip of
// columns is as wide as registers allow, and the sums of a strip stay in registers while
// the rows of V go by. With more rows of weights than a strip takes at once, the next ones
// find these rows of V in the nearest cache: the adapter passes few keys a call.
//
//	          vectors x weights  sums  vectors of V  registers
//	AVX-512   8 x 2              16    8             25 of 32
//	          6 x 2              12    6             19
//	          4 x 4              16    4             21
//	          1 x 4              4     1             6
//	AVX2      8 x 1              8     in memory     10 of 16
//	          4 x 2              8     4             14
//	          1 x 4              4     1             7
//
// (AVX2 spends a register on the mask of the row's end.) The columns that no strip takes go
// through the masked form of the narrowest one. A multiply-add has V from memory only where
// one row of weights uses it.
//
// Prefetching further rows, by loads or instructions, made it slower, unlike dots.
func (e *emitter) weightedSum() {
	e.begin("weightedSum", "func(o, p, v *float32, ldo, ldp, ldv, heads, keys, vectors, lanes int)", `adds weighted rows to o, whose rows are whole vectors; dv is vectors·width + lanes:
	for r := range heads {
		for c := range dv {
			sum := float32(0)
			for j := range keys {
				sum += p[r*ldp+j] * v[j*ldv+c]
			}
			o[r*ldo+c] += sum
		}
	}`)
	t := e.tailOf(e.param("lanes"), 1)
	g := weights{ldo: e.stride("ldo"), ldp: e.stride("ldp"), ldv: e.stride("ldv")}
	for _, x := range e.strips() {
		top, next := e.label("strip"), e.label("next")
		e.Label(top)
		e.CMPQ(e.slot("vectors"), operand.I32(x.width))
		e.JL(operand.LabelRef(next))
		e.weightedStrip(g, x, nil)
		e.SUBQ(operand.I32(x.width), e.slot("vectors"))
		e.JMP(operand.LabelRef(top))
		e.Label(next)
	}
	done := e.label("done")
	e.CMPQ(e.slot("lanes"), operand.I32(0))
	e.JE(operand.LabelRef(done))
	e.weightedStrip(g, strip{1, 4}, &t)
	e.Label(done)
	e.end()
}

// strip is the vectors of columns, and the max rows of weights that they meet at once.
type strip struct{ width, height int }

// strips are the widths that a row of V is cut into, widest first.
func (e *emitter) strips() []strip {
	if e.hasMasks() {
		return []strip{{8, 2}, {6, 2}, {4, 4}, {1, 4}}
	}
	return []strip{{8, 1}, {4, 2}, {1, 4}}
}

// weights is what all strips of one call share; strides are in bytes.
type weights struct {
	ldo, ldp, ldv reg.GPVirtual
	o, p, heads   reg.GPVirtual
}

// weightedStrip takes all rows of weights through a strip of columns, as many at a time as
// fit and then half as many, and moves o and v past the strip.
func (e *emitter) weightedStrip(g weights, x strip, t *tail) {
	g.o, g.p, g.heads = e.param("o"), e.param("p"), e.param("heads")
	for height := x.height; height >= 1; height /= 2 {
		top, next := e.label("heads"), e.label("next")
		e.Label(top)
		e.CMPQ(g.heads, operand.I32(height))
		e.JL(operand.LabelRef(next))
		e.weightedTile(g, height, x.width, t)
		e.SUBQ(operand.I32(height), g.heads)
		e.JMP(operand.LabelRef(top))
		e.Label(next)
	}
	e.ADDQ(operand.I32(x.width*e.bytes()), e.slot("o"))
	e.ADDQ(operand.I32(x.width*e.bytes()), e.slot("v"))
}

// weightedTile takes height rows of weights through one strip, and moves o and p past them:
// sums [height][width], one weight p[r, j] broadcast for each row of V.
func (e *emitter) weightedTile(g weights, height, width int, t *tail) {
	sums := make([][]reg.VecVirtual, height)
	for r := range sums {
		sums[r] = e.vecs(width)
		e.zero(sums[r]...)
	}
	v, n, p, p3 := e.param("v"), e.param("keys"), e.GP64(), e.GP64()
	e.MOVQ(g.p, p)
	e.LEAQ(operand.Mem{Base: g.p, Index: g.ldp, Scale: 2}, p3)
	e.ADDQ(g.ldp, p3)
	// An address has no scale of 3: row 3 of the weights has a pointer of its own.
	weight := func(r int) operand.Mem {
		switch r {
		case 0:
			return operand.Mem{Base: p}
		case 3:
			return operand.Mem{Base: p3}
		}
		return operand.Mem{Base: p, Index: g.ldp, Scale: uint8(r)}
	}
	e.loop(n, 1, func(int) {
		if height+1 > (e.registers()-1)/width { // sums and a row of V do not fit side by side
			w := e.vec()
			e.VBROADCASTSS(weight(0), w)
			for i, sum := range sums[0] {
				e.VFMADD231PS(e.at(v, i), w, sum)
			}
		} else {
			e.weightedRow(v, width, sums, weight, t)
		}
		e.ADDQ(g.ldv, v)
		e.ADDQ(operand.I32(4), p)
		if height == 4 {
			e.ADDQ(operand.I32(4), p3)
		}
	})
	for _, row := range sums {
		for i, sum := range row {
			e.VADDPS(e.at(g.o, i), sum, sum)
			e.VMOVUPS(sum, e.at(g.o, i))
		}
		e.ADDQ(g.ldo, g.o)
		e.ADDQ(g.ldp, g.p)
	}
}

// weightedRow adds one row of V, held in registers, to the sums of all rows of weights.
func (e *emitter) weightedRow(v reg.Register, width int, sums [][]reg.VecVirtual, weight func(r int) operand.Mem, t *tail) {
	row := e.vecs(width)
	for i, x := range row {
		if t != nil {
			e.loadTail(*t, i, e.at(v, i), x)
		} else {
			e.VMOVUPS(e.at(v, i), x)
		}
	}
	for r := range sums {
		w := e.vec()
		e.VBROADCASTSS(weight(r), w)
		for i, x := range row {
			e.VFMADD231PS(w, x, sums[r][i])
		}
	}
}

// rescale emits the end of a block of keys: the old output, rescaled as the online softmax
// says (softmax.go), and the sums that weightedSum formed under the new maximum,
//
//	o[r, c] = alpha[r]·o[r, c] + sums[r, c]    o and sums [heads, dv], alpha [heads]
//
// Rows are whole vectors; the sums were formed first, so that their error does not grow
// with the number of blocks times the size of one.
func (e *emitter) rescale() {
	e.begin("rescale", "func(o, alpha, sums *float32, ldo, lds, heads, vectors int)", `rescales rows of whole vectors and adds others:
	for r := range heads {
		for c := range vectors * width {
			o[r*ldo+c] = alpha[r]*o[r*ldo+c] + sums[r*lds+c]
		}
	}`)
	o, alpha, sums, heads := e.param("o"), e.param("alpha"), e.param("sums"), e.param("heads")
	ldo, lds := e.stride("ldo"), e.stride("lds")
	e.loop(heads, 1, func(int) {
		off, n, scale := e.GP64(), e.param("vectors"), e.vec()
		e.XORQ(off, off)
		e.VBROADCASTSS(operand.Mem{Base: alpha}, scale)
		e.loop(n, 1, func(int) {
			sum := e.vec()
			e.VMOVUPS(operand.Mem{Base: sums, Index: off, Scale: 1}, sum)
			e.VFMADD231PS(operand.Mem{Base: o, Index: off, Scale: 1}, scale, sum)
			e.VMOVUPS(sum, operand.Mem{Base: o, Index: off, Scale: 1})
			e.ADDQ(operand.I32(e.bytes()), off)
		})
		e.ADDQ(ldo, o)
		e.ADDQ(lds, sums)
		e.ADDQ(operand.I32(4), alpha)
	})
	e.end()
}
