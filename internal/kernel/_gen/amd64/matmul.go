package amd64

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// matmul emits the one matrix product that all kernels share, for rows of C that are
// the given number of vectors wide:
//
//	C[i, r] = Σ_k A[i, k]·B[k, r]                      alpha nil
//	C[i, r] = alpha[r]·C[i, r] + Σ_k A[i, k]·B[k, r]   otherwise
//
// It takes all shapes of the variants, as A has two free strides, ars and aks:
//
//	              C           A                        B
//	scores        Sᵀ [Bc, L]  K [Bc, d] by rows        Qᵀ [d, L]
//	output        Oᵀ [dv, L]  V [Bc, dv] by columns    Pᵀ [Bc, L]
//	state update  S [M, Dv]   Ke [T, M] by columns     U [T, Dv]
//	state output  Out [T, Dv] Qd [T, M] by rows        S [M, Dv]
//
// A tile of C is held in registers while k runs. A step of k loads the vectors of one row
// of B and broadcasts one element for each row of A, and each loaded vector meets all rows:
//
//	          rows x vectors  multiply-adds  loads  sums  registers
//	AVX-512   8 x 2           16             10     16    19 of 32
//	          8 x 1           8              9      8     10
//	AVX2      4 x 3           12             7      12    16 of 16
//	          4 x 2           8              6      8     11
//	          8 x 1           8              9      8     10
//
// A core starts 2 multiply-adds and 2 loads a cycle, each multiply-add takes some 4: the
// first of each set has more multiply-adds than loads and enough chains, and runs at the
// peak. Narrower ones are for the columns that are left over.
//
// The sum is formed first, and alpha·C is added last: the rounding error grows with the
// depth of one call and the number of calls, not with their product.
//
// Every four steps two lines of memory that is needed later are prefetched, step floats
// apart, for each following tile stripe floats further on. Spread like this they hide
// behind the arithmetic; in a burst they would wait for one another.
//
// The rows that are left over take tiles of half the height each. The masked form
// is for rows of B that end within its only vector; C and alpha are scratch of
// whole vectors.
func (e *emitter) matmul(vectors int, masked bool) {
	name := fmt.Sprintf("matmul%d", vectors*e.width)
	signature := "func(c, a, b *float32, ldc, ars, aks, ldb, rows, depth int, alpha, prefetch *float32, step, stripe int)"
	if masked {
		name = "matmulTail"
		signature = "func(c, a, b *float32, ldc, ars, aks, ldb, rows, depth int, alpha, prefetch *float32, step, stripe, lanes int)"
	}
	e.begin(name, signature, `multiplies into rows of C of whole vectors:
	for i := range rows {
		for r := range lanes {
			sum := float32(0)
			for k := range depth {
				sum += a[i*ars+k*aks] * b[k*ldb+r]
			}
			if alpha != nil {
				sum += alpha[r] * c[i*ldc+r]
			}
			c[i*ldc+r] = sum
		}
	}`)
	g := product{
		a: e.param("a"), b: e.param("b"), c: e.param("c"),
		ars: e.stride("ars"), aks: e.stride("aks"), ldb: e.stride("ldb"),
		rows: e.param("rows"), vectors: vectors,
	}
	g.step = e.slot("step")
	e.SHLQ(operand.U8(2), g.step)
	if masked {
		t := e.tailOf(e.param("lanes"), 1)
		g.tail = &t
	}
	height := 8
	if vectors > 1 && !e.hasMasks() {
		height = 4
	}
	for ; height >= 1; height /= 2 {
		top, next := e.label("tile"), e.label("next")
		e.Label(top)
		e.CMPQ(g.rows, operand.I32(height))
		e.JL(operand.LabelRef(next))
		e.tile(g, height)
		e.SUBQ(operand.I32(height), g.rows)
		e.JMP(operand.LabelRef(top))
		e.Label(next)
	}
	e.end()
}

// product is what all tiles of one matrix product share.
type product struct {
	a, b, c, ars, aks, ldb, rows reg.GPVirtual // a and c move on tile by tile, strides are in bytes
	vectors                      int           // of a row of C
	tail                         *tail         // of the masked form
	step                         operand.Mem
}

// tile computes height rows of C and moves a and c past them: sums [height][vectors].
func (e *emitter) tile(g product, height int) {
	sums := make([][]reg.VecVirtual, height)
	for i := range sums {
		sums[i] = e.vecs(g.vectors)
		e.zero(sums[i]...)
	}
	// An address is base + scale·ars with a scale of 1, 2, 4 or 8. So three pointers reach 8
	// rows of A: rows 0, 3 and 6 have one each, and the others are 1, 2 or 4 strides past
	// one of these.
	var pointers []reg.GPVirtual
	for first := 0; first < height; first += 3 {
		p := e.GP64()
		if first == 0 {
			e.MOVQ(g.a, p)
		} else {
			e.LEAQ(operand.Mem{Base: pointers[len(pointers)-1], Index: g.ars, Scale: 2}, p)
			e.ADDQ(g.ars, p)
		}
		pointers = append(pointers, p)
	}
	row := func(i int) operand.Mem {
		switch {
		case i%3 == 0:
			return operand.Mem{Base: pointers[i/3]}
		case i == 4 || i == 7:
			return operand.Mem{Base: pointers[i/3-1], Index: g.ars, Scale: 4}
		default:
			return operand.Mem{Base: pointers[i/3], Index: g.ars, Scale: uint8(i % 3)}
		}
	}
	b, depth, prefetch := e.GP64(), e.param("depth"), e.param("prefetch")
	e.MOVQ(g.b, b)
	e.loop(depth, 4, func(steps int) {
		if steps > 1 {
			e.PREFETCHT0(operand.Mem{Base: prefetch})
			e.PREFETCHT0(operand.Mem{Base: prefetch, Disp: 64})
			e.ADDQ(g.step, prefetch)
		}
		for range steps {
			right := e.vecs(g.vectors)
			for j, v := range right {
				if g.tail != nil {
					e.loadTail(*g.tail, j, e.at(b, j), v)
				} else {
					e.VMOVUPS(e.at(b, j), v)
				}
			}
			for i := range height {
				left := e.vec()
				e.VBROADCASTSS(row(i), left)
				for j, v := range right {
					e.VFMADD231PS(left, v, sums[i][j])
				}
			}
			for _, p := range pointers {
				e.ADDQ(g.aks, p)
			}
			e.ADDQ(g.ldb, b)
		}
	})
	stripe := e.stride("stripe")
	e.ADDQ(stripe, e.slot("prefetch"))
	e.storeTile(g, sums)
	e.LEAQ(operand.Mem{Base: g.a, Index: g.ars, Scale: uint8(height)}, g.a)
}

// storeTile writes the sums of a tile to C and moves c past it. Where alpha is given it
// adds alpha times the old C, one column of vectors after the other, so that a vector of
// alpha is loaded once.
func (e *emitter) storeTile(g product, sums [][]reg.VecVirtual) {
	ldc, alpha := e.stride("ldc"), e.param("alpha")
	plain, done := e.label("plain"), e.label("stored")
	start := e.GP64()
	e.MOVQ(g.c, start)
	e.TESTQ(alpha, alpha)
	e.JZ(operand.LabelRef(plain))
	for j := range g.vectors {
		scale := e.vec()
		e.VMOVUPS(e.at(alpha, j), scale)
		e.MOVQ(start, g.c)
		for i := range sums {
			e.VFMADD231PS(e.at(g.c, j), scale, sums[i][j])
			e.VMOVUPS(sums[i][j], e.at(g.c, j))
			e.ADDQ(ldc, g.c)
		}
	}
	e.JMP(operand.LabelRef(done))
	e.Label(plain)
	for i := range sums {
		for j := range g.vectors {
			e.VMOVUPS(sums[i][j], e.at(g.c, j))
		}
		e.ADDQ(ldc, g.c)
	}
	e.Label(done)
}
