package amd64

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A step of decoding meets every key with a few queries only, those of a head group: there
// are no panels to fill, lanes run along head_dim, and memory must never wait for
// arithmetic. dots.go and weightedsum.go are its two halves, scores and values.

// dots emits the scores of a few query rows against rows of K,
//
//	s[r, j] = Σ_c q[r, c]·k[j, c]    q [heads, d], k [keys, d], s [heads, keys]
//
// K is read once, in its own order. Four keys meet four queries (two on AVX2) at a time,
// so that each loaded vector is used four times:
//
//	          queries x keys  multiply-adds  loads  registers
//	AVX-512   4 x 4           16             8      21 of 32
//	AVX2      2 x 4           8              6      14 of 16
//
// Lane c of a sum holds the terms c, c + width, .. of its score. The sums are reduced
// together, by rounds of "interleave and add" that halve the number of vectors: 16 vectors
// become one of 16 scores in four rounds.
//
// While four keys are read, the code prefetches four rows further on, line after line. This
// order is what counts: four rows that are read in turn look like four streams to the
// memory, which then gives a third of what it gives to one. Loads do better here than
// prefetch instructions (1.0 and 0.85 of a plain read), so the rows they load must exist.
// On AVX2 such loads reached half; its adapter reads whole pages in their order beforehand,
// which reaches three quarters.
//
// One to three keys that are left over are taken in the same way, with the last row in
// place of the missing ones; s is scratch up to the next multiple of four.
func (e *emitter) dots() {
	e.begin("dots", "func(s, q, k, prefetch *float32, lds, ldq, ldk, heads, keys, vectors, lanes int)", `multiplies rows by rows; d is vectors·width + lanes, q is zero past it; loads prefetch as many rows from prefetch on as k has, but the last keys%4:
	for r := range heads {
		for j := range keys {
			s[r*lds+j] = 0
			for c := range d {
				s[r*lds+j] += q[r*ldq+c] * k[j*ldk+c]
			}
		}
	}`)
	t := e.tailOf(e.param("lanes"), 1)
	for _, name := range []string{"ldk", "ldq", "lds"} {
		e.SHLQ(operand.U8(2), e.slot(name))
	}
	keys := e.slot("keys")
	quad, rest, done := e.label("quad"), e.label("rest"), e.label("done")
	e.Label(quad)
	e.CMPQ(keys, operand.I32(4))
	e.JL(operand.LabelRef(rest))
	e.dotKeys(e.keyRows(false), &t, e.hasMasks())
	e.ADDQ(operand.I32(16), e.slot("s"))
	step := e.stride("ldk") // in bytes already: of four rows
	e.ADDQ(step, e.slot("k"))
	e.ADDQ(step, e.slot("prefetch"))
	e.SUBQ(operand.I32(4), keys)
	e.JMP(operand.LabelRef(quad))
	e.Label(rest)
	e.CMPQ(keys, operand.I32(0))
	e.JLE(operand.LabelRef(done))
	e.dotKeys(e.keyRows(true), &t, false)
	e.Label(done)
	e.end()
}

// keyRows are the next four rows of K; where there may be fewer, the last one again.
func (e *emitter) keyRows(fewer bool) []reg.GPVirtual {
	k := []reg.GPVirtual{e.param("k")}
	for j := 1; j < 4; j++ {
		next := e.GP64()
		e.MOVQ(k[j-1], next)
		e.ADDQ(e.slot("ldk"), next)
		if fewer {
			e.CMPQ(e.slot("keys"), operand.I32(j+1))
			e.CMOVQLT(k[j-1], next)
		}
		k = append(k, next)
	}
	return k
}

// dotKeys computes the scores of all queries and four keys, whose rows come from memory for
// the first queries and from L1 for the others.
func (e *emitter) dotKeys(k []reg.GPVirtual, t *tail, prefetches bool) {
	s, q, heads := e.param("s"), e.param("q"), e.param("heads")
	height := 2
	if e.hasMasks() {
		height = 4
	}
	for ; height >= 1; height /= 2 {
		top, next := e.label("heads"), e.label("next")
		e.Label(top)
		e.CMPQ(heads, operand.I32(height))
		e.JL(operand.LabelRef(next))
		e.dotTile(height, s, q, k, t, prefetches)
		e.SUBQ(operand.I32(height), heads)
		e.JMP(operand.LabelRef(top))
		e.Label(next)
	}
}

// dotTile computes the scores of height queries and four keys, and moves s and q past
// these queries. The last vector of a row of K is masked, as K ends with its last row;
// rows of q go on with zeros. While a vector of each key is used, prefetches loads 4 vectors
// of one stream: the same number of bytes.
func (e *emitter) dotTile(height int, s, q reg.GPVirtual, k []reg.GPVirtual, t *tail, prefetches bool) {
	sums := make([][]reg.VecVirtual, height) // [query][key]
	for r := range sums {
		sums[r] = e.vecs(len(k))
		e.zero(sums[r]...)
	}
	rows := make([]reg.GPVirtual, height)
	rows[0] = q
	for r := 1; r < height; r++ {
		rows[r] = e.GP64()
		e.MOVQ(rows[r-1], rows[r])
		e.ADDQ(e.slot("ldq"), rows[r])
	}
	off, n := e.GP64(), e.param("vectors")
	e.XORQ(off, off)
	prefetch, junk := e.GP64(), e.GP64()
	if prefetches {
		e.MOVQ(e.slot("prefetch"), prefetch)
	}
	multiply := func(load func(j int, to reg.VecVirtual)) {
		keys := e.vecs(len(k))
		for j, v := range keys {
			load(j, v)
		}
		for r, row := range rows {
			query := e.vec()
			e.VMOVUPS(operand.Mem{Base: row, Index: off, Scale: 1}, query)
			for j, v := range keys {
				e.VFMADD231PS(query, v, sums[r][j])
			}
		}
	}
	e.loop(n, 1, func(int) {
		multiply(func(j int, to reg.VecVirtual) {
			e.VMOVUPS(operand.Mem{Base: k[j], Index: off, Scale: 1}, to)
		})
		for i := 0; prefetches && i < 4*e.bytes(); i += 64 {
			e.MOVQ(operand.Mem{Base: prefetch, Index: off, Scale: 4, Disp: i}, junk)
		}
		e.ADDQ(operand.I32(e.bytes()), off)
	})
	whole := e.label("whole")
	e.CMPQ(e.slot("lanes"), operand.I32(0))
	e.JE(operand.LabelRef(whole))
	multiply(func(j int, to reg.VecVirtual) {
		e.loadTail(*t, 0, operand.Mem{Base: k[j], Index: off, Scale: 1}, to)
	})
	e.Label(whole)

	e.storeDots(s, e.reduced(sums), height)
	e.MOVQ(rows[height-1], q)
	e.ADDQ(e.slot("ldq"), q)
}

// interleaved is a round of the reduction: it adds what two shuffles select, one the lower
// parts of two vectors and the other their upper parts.
func (e *emitter) interleaved(lo, hi func(out reg.VecVirtual)) reg.VecVirtual {
	x, y := e.vec(), e.vec()
	lo(x)
	hi(y)
	e.VADDPS(y, x, x)
	return x
}

// reduced adds up the lanes of sums[query][4 keys] to one vector, whose quarter r has the
// four scores of query r:
//
//	singles   of keys 0, 1 and 2, 3   each quarter has 2 partial sums of 2 keys
//	doubles   of these two            each quarter has a partial sum of all 4 keys
//	quarters  of all queries          the 2 (AVX2) or 4 (AVX-512) quarters are added up
//
// Queries that a lower tile lacks repeat the first ones; their quarters are not stored.
func (e *emitter) reduced(sums [][]reg.VecVirtual) reg.VecVirtual {
	var quarters []reg.VecVirtual
	for _, a := range sums {
		pair := func(a, b reg.VecVirtual) reg.VecVirtual {
			return e.interleaved(
				func(x reg.VecVirtual) { e.VUNPCKLPS(b, a, x) },
				func(x reg.VecVirtual) { e.VUNPCKHPS(b, a, x) })
		}
		u, w := pair(a[0], a[1]), pair(a[2], a[3])
		quarters = append(quarters, e.interleaved(
			func(x reg.VecVirtual) { e.VUNPCKLPD(w, u, x) },
			func(x reg.VecVirtual) { e.VUNPCKHPD(w, u, x) }))
	}
	at := func(i int) reg.VecVirtual { return quarters[i%len(quarters)] }
	if !e.hasMasks() {
		return e.interleaved(
			func(x reg.VecVirtual) { e.VPERM2F128(operand.U8(0x20), at(1), at(0), x) },
			func(x reg.VecVirtual) { e.VPERM2F128(operand.U8(0x31), at(1), at(0), x) })
	}
	fold := func(a, b reg.VecVirtual, lo, hi uint8) reg.VecVirtual {
		return e.interleaved(
			func(x reg.VecVirtual) { e.VSHUFF32X4(operand.U8(lo), b, a, x) },
			func(x reg.VecVirtual) { e.VSHUFF32X4(operand.U8(hi), b, a, x) })
	}
	first, second := fold(at(0), at(1), 0x44, 0xee), fold(at(2), at(3), 0x44, 0xee)
	return fold(first, second, 0x88, 0xdd)
}

// storeDots stores quarter r of sums to row r of s, and moves s past these rows.
func (e *emitter) storeDots(s reg.GPVirtual, sums reg.VecVirtual, rows int) {
	for r := range rows {
		switch {
		case r == 0:
			e.VMOVUPS(sums.AsX(), operand.Mem{Base: s})
		case e.hasMasks():
			e.VEXTRACTF32X4(operand.U8(r), sums, operand.Mem{Base: s})
		default:
			e.VEXTRACTF128(operand.U8(r), sums, operand.Mem{Base: s})
		}
		e.ADDQ(e.slot("lds"), s)
	}
}
