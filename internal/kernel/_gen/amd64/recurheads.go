package amd64

import (
	"fmt"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// recurHeads emits recur for the query heads of a head group, which read one state:
//
//	S[i, c] = a[t, i]·S[i, c] + k[t, i]·v[t, c]    o[h, t, c] += q[h, t, i]·S[i, c]
//
// A state row is loaded once for several tokens, and updated once for all heads. Tokens times
// heads are 8, so that 8 chains of multiply-adds per vector run beside one another:
//
//	                         tokens x heads x vectors   multiply-adds  loads and broadcasts  registers
//	AVX-512   2, 4, 8 heads  4x2x2, 2x4x2, 1x8x2        24, 20, 18     14, 12, 11            29 of 32
//	AVX2                     4x2x1, 2x4x1, 1x8x1        12, 10, 9      13, 11, 10            15 of 16
//
// With decays, AVX2 has registers for two tokens of two heads. Each output adds up as recur
// does, so that a head has the same bits in a group and alone.
func (e *emitter) recurHeads(heads int, gated bool) {
	name, a := fmt.Sprintf("recur%d", heads), ""
	if gated {
		name, a = fmt.Sprintf("recurGated%d", heads), ", a"
	}
	e.begin(name, "func(out, q, k"+a+", v, state, factor *float32, ldo, oh, ldf, qh, ldv, lds, fh, m, tokens, lanes int)", fmt.Sprintf(`is recur, or recurGated, of %d query heads: out, q and factor of head h begin h·oh, h·qh and
h·fh float32s further on. A strip has at most %d columns.`, heads, e.headVectors()*e.width))
	for _, ld := range []string{"ldo", "oh", "ldf", "qh", "ldv", "lds", "fh"} {
		e.SHLQ(operand.U8(2), e.slot(ld))
	}
	t := e.tailOf(e.param("lanes"), e.headVectors())
	together := 8 / heads
	if gated && !e.hasMasks() {
		together = min(together, 2)
	}
	e.loop(e.param("tokens"), together, func(steps int) { e.recurHeadsTokens(t, steps, heads, gated) })
	e.end()
}

// headVectors is the width of a strip.
func (e *emitter) headVectors() int {
	if e.hasMasks() {
		return 2
	}
	return 1
}

// strided are the addresses base, base + ld, .. of n rows, of which a register reaches those at
// 0, 1, 2 and 4 strides.
type strided struct {
	pointers []reg.GPVirtual // at rows 0, 3 and 6
	ld       reg.GPVirtual
}

func (e *emitter) strided(base, ld reg.GPVirtual, n int) strided {
	s := strided{pointers: []reg.GPVirtual{base}, ld: ld}
	for at := 3; at < n; at += 3 {
		p := e.GP64()
		e.LEAQ(operand.Mem{Base: s.pointers[len(s.pointers)-1], Index: ld, Scale: 2}, p)
		e.ADDQ(ld, p)
		s.pointers = append(s.pointers, p)
	}
	return s
}

// at is element i of row r.
func (s strided) at(r, i int) operand.Mem {
	m := operand.Mem{Base: s.pointers[r/3], Disp: 4 * i}
	if r%3 > 0 {
		m.Index, m.Scale = s.ld, uint8(r%3)
	}
	return m
}

// recurHeadsTokens takes steps tokens through all rows of the state, and moves the arguments
// past these tokens in their slots.
func (e *emitter) recurHeadsTokens(mask tail, steps, heads int, gated bool) {
	vectors := e.headVectors()
	values, outs := make([][]reg.VecVirtual, steps), make([][]reg.VecVirtual, steps*heads)
	v := e.param("v")
	for t := range steps {
		values[t] = e.vecs(vectors)
		for j, value := range values[t] {
			e.loadTail(mask, j, e.at(v, j), value)
		}
		e.ADDQ(e.slot("ldv"), v)
	}
	e.MOVQ(v, e.slot("v"))
	for i := range outs {
		outs[i] = e.vecs(vectors)
		e.zero(outs[i]...)
	}
	ldf, qh := e.param("ldf"), e.param("qh")
	var q []strided // of each token, over the heads
	at := e.param("q")
	for t := range steps {
		p := e.GP64()
		e.MOVQ(at, p)
		q = append(q, e.strided(p, qh, heads))
		if t < steps-1 {
			e.ADDQ(ldf, at)
		}
	}
	tokens := []strided{e.strided(e.param("k"), ldf, steps)}
	if gated {
		tokens = append(tokens, e.strided(e.param("a"), ldf, steps))
	}
	s, rows := e.param("state"), e.param("m")
	e.loop(rows, 4, func(n int) {
		for i := range n {
			row := e.vecs(vectors)
			for j, cell := range row {
				e.VMOVUPS(e.at(s, j), cell)
			}
			for t := range steps {
				x := e.vec()
				e.VBROADCASTSS(tokens[0].at(t, i), x)
				var decay reg.VecVirtual
				if gated {
					decay = e.vec()
					e.VBROADCASTSS(tokens[1].at(t, i), decay)
				}
				for j, cell := range row {
					if gated {
						update := e.vec()
						e.VMULPS(x, values[t][j], update)
						e.VFMADD213PS(update, decay, cell)
					} else {
						e.VFMADD231PS(x, values[t][j], cell)
					}
				}
				for h := range heads {
					y := e.vec()
					e.VBROADCASTSS(q[t].at(h, i), y)
					for j, cell := range row {
						e.VFMADD231PS(y, cell, outs[t*heads+h][j])
					}
				}
			}
			for j, cell := range row {
				e.VMOVUPS(cell, e.at(s, j))
			}
			e.ADDQ(e.slot("lds"), s)
		}
		for _, list := range append(q, tokens...) {
			for _, p := range list.pointers {
				e.ADDQ(operand.I32(4*n), p)
			}
		}
	})
	out, factor := e.param("out"), e.param("factor")
	for h := range heads {
		to := e.GP64()
		e.MOVQ(out, to)
		for t := range steps {
			f := e.vec()
			e.VBROADCASTSS(operand.Mem{Base: factor, Disp: 4 * t}, f)
			for j, o := range outs[t*heads+h] {
				e.VMULPS(f, o, o)
				e.storeTail(mask, j, o, e.at(to, j))
			}
			e.ADDQ(e.slot("ldo"), to)
		}
		if h == 0 {
			e.MOVQ(to, e.slot("out"))
		}
		e.ADDQ(e.slot("oh"), out)
		e.ADDQ(e.slot("fh"), factor)
	}
	e.ADDQ(operand.I32(4*steps), e.slot("factor"))
	for _, name := range []string{"q", "k", "a"} {
		if name == "a" && !gated {
			continue
		}
		p := e.GP64()
		e.IMUL3Q(operand.I32(steps), ldf, p)
		e.ADDQ(p, e.slot(name))
	}
}
