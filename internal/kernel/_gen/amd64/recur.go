package amd64

import (
	"cmp"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// recur emits the recurrence of linear attention over a strip of the state's columns:
//
//	S[i, c] += k[t, i]·v[t, c]    o[t, c] += q[t, i]·S[i, c]    t = 0, 1, ..
//
// state S [M, lanes], q and k [tokens, M], v and out [tokens, lanes], factor [tokens]:
// out = factor·o, where the factor is the denominator's inverse, or the scale.
//
// Token by token, each S[i, c] would be loaded and stored for 2 multiply-adds. Instead a
// state row is loaded once for several tokens, each of which first adds to it and then
// reads it, while the v and o of these tokens stay in registers:
//
//	for i < M
//		row = S[i]
//		for t < steps
//			row += k[t, i]·v[t];  o[t] += q[t, i]·row
//		S[i] = row
//
//	          tokens x vectors   multiply-adds  loads  broadcasts  stores   registers
//	AVX-512   4 x 2              16             2      8           2        19 of 32
//	AVX2      2 x 2              8              2      4           2        13 of 16
//
// (AVX2 spends 2 of its registers on the masks of the strip's end.) Successive rows are
// independent but for the o, so that the chain through one row's tokens overlaps with the
// next row's.
//
// Every 8 rows a line each of the q, k, v and out is prefetched that will be needed
// prefetchDistance tokens later: these rows are read once, so that nothing else brings them.
func (e *emitter) recur() {
	e.begin("recur", "func(out, q, k, v, state, factor, prefetchQ, prefetchK *float32, ldo, ldf, ldv, lds, ldq, ldk, m, tokens, lanes int)", `runs tokens through a strip of at most 2·width columns:
	for t := range tokens {
		for c := range lanes {
			o := float32(0)
			for i := range m {
				state[i*lds+c] += k[t*ldf+i] * v[t*ldv+c]
				o += q[t*ldf+i] * state[i*lds+c]
			}
			out[t*ldo+c] = o * factor[t]
		}
	}`)
	e.recurStrip(false)
}

// recurGated emits the same recurrence of a state that decays before it takes a key:
//
//	S[i, c] = a[t, i]·S[i, c] + k[t, i]·v[t, c]    a [tokens, M], 0 to 1
//
// That is three operations where recur has two. k·v comes first, as it does not wait for
// the state: the chain through a row stays one multiply-add per token. The decay and k·v
// take a register each: 15 of 16 on AVX2.
func (e *emitter) recurGated() {
	e.begin("recurGated", "func(out, q, k, a, v, state, factor, prefetchQ, prefetchK *float32, ldo, ldf, ldv, lds, ldq, ldk, m, tokens, lanes int)", `runs tokens through a strip of at most 2·width columns of a state that decays:
	for t := range tokens {
		for c := range lanes {
			o := float32(0)
			for i := range m {
				state[i*lds+c] = a[t*ldf+i]*state[i*lds+c] + k[t*ldf+i]*v[t*ldv+c]
				o += q[t*ldf+i] * state[i*lds+c]
			}
			out[t*ldo+c] = o * factor[t]
		}
	}`)
	e.recurStrip(true)
}

// recurStrip emits what both recurrences share: tokens in groups, then one by one. The
// strides are turned into bytes where they lie.
func (e *emitter) recurStrip(gated bool) {
	for _, ld := range []string{"ldo", "ldf", "ldv", "lds", "ldq", "ldk"} {
		e.SHLQ(operand.U8(2), e.slot(ld))
	}
	t := e.tailOf(e.param("lanes"), 2)
	together := 2
	if e.hasMasks() {
		together = 4
	}
	tokens := e.param("tokens")
	e.loop(tokens, together, func(steps int) { e.recurTokens(t, steps, gated) })
	e.end()
}

// prefetchDistance is how many tokens before their use rows are prefetched: a power of two, as
// a shift multiplies by it.
const prefetchDistance = 64

// recurTokens takes steps tokens through all rows of the state, and moves the arguments
// past these tokens in their slots. lds is needed once a row: it is left in memory, as the
// registers are few.
func (e *emitter) recurTokens(mask tail, steps int, gated bool) {
	values, outs := make([][]reg.VecVirtual, steps), make([][]reg.VecVirtual, steps)
	ldf, v := e.param("ldf"), e.param("v")
	var prefetch []reg.GPVirtual // rows of v, out, q and k
	for t := range steps {
		values[t], outs[t] = e.vecs(2), e.vecs(2)
		e.zero(outs[t]...)
		for j, value := range values[t] {
			e.loadTail(mask, j, e.at(v, j), value)
		}
		e.ADDQ(e.slot("ldv"), v)
	}
	e.MOVQ(v, e.slot("v"))
	if steps > 1 {
		for _, row := range []struct{ base, ld string }{{"v", "ldv"}, {"out", "ldo"}, {"prefetchQ", "ldq"}, {"prefetchK", "ldk"}} {
			p := e.GP64()
			e.MOVQ(e.slot(row.ld), p)
			e.SHLQ(operand.U8(log2(prefetchDistance)), p)
			e.ADDQ(e.slot(row.base), p)
			prefetch = append(prefetch, p)
		}
	}
	s, rows := e.param("state"), e.param("m")
	features := []string{"q", "k"}
	if gated {
		features = append(features, "a")
	}
	// An address is base + scale·ldf with a scale of 1, 2, 4 or 8: token 3 has a pointer
	// of its own.
	base, third := map[string]reg.GPVirtual{}, map[string]reg.GPVirtual{}
	for _, name := range features {
		base[name] = e.param(name)
		if steps > 3 {
			third[name] = e.GP64()
			e.LEAQ(operand.Mem{Base: base[name], Index: ldf, Scale: 2}, third[name])
			e.ADDQ(ldf, third[name])
		}
	}
	feature := func(name string, t, i int) operand.Mem {
		switch t {
		case 0:
			return operand.Mem{Base: base[name], Disp: 4 * i}
		case 3:
			return operand.Mem{Base: third[name], Disp: 4 * i}
		}
		return operand.Mem{Base: base[name], Index: ldf, Scale: uint8(t), Disp: 4 * i}
	}
	stateRow := func(i int) {
		row := e.vecs(2)
		for j, cell := range row {
			e.VMOVUPS(e.at(s, j), cell)
		}
		for t := range steps {
			x := e.vec()
			e.VBROADCASTSS(feature("k", t, i), x)
			if gated {
				decay := e.vec()
				e.VBROADCASTSS(feature("a", t, i), decay)
				for j, cell := range row {
					update := e.vec()
					e.VMULPS(x, values[t][j], update)
					e.VFMADD213PS(update, decay, cell)
				}
			} else {
				for j, cell := range row {
					e.VFMADD231PS(x, values[t][j], cell)
				}
			}
			y := e.vec()
			e.VBROADCASTSS(feature("q", t, i), y)
			for j, cell := range row {
				e.VFMADD231PS(y, cell, outs[t][j])
			}
		}
		for j, cell := range row {
			e.VMOVUPS(cell, e.at(s, j))
		}
		e.ADDQ(e.slot("lds"), s)
	}
	// A pass over 16 state rows prefetches 8 lines, one every second row: 2 of each of the
	// 4 prefetched rows, which then move on by a token.
	pass := func(n int) {
		for i := range n {
			if n > 1 && i%2 == 0 {
				e.PREFETCHT0(operand.Mem{Base: prefetch[i/2%4], Disp: 64 * (i / 8)})
			}
			stateRow(i)
		}
		for _, name := range features {
			e.ADDQ(operand.I32(4*n), base[name])
			if steps > 3 {
				e.ADDQ(operand.I32(4*n), third[name])
			}
		}
		if n > 1 {
			for i, ld := range []string{"ldv", "ldo", "ldq", "ldk"} {
				e.ADDQ(e.slot(ld), prefetch[i])
			}
		}
	}
	if steps > 1 {
		e.loop(rows, 16, func(n int) { pass(n) })
	} else {
		e.loop(rows, 1, func(int) { pass(1) })
	}
	out, factor := e.param("out"), e.param("factor")
	for t := range steps {
		f := e.vec()
		e.VBROADCASTSS(operand.Mem{Base: factor, Disp: 4 * t}, f)
		for j, o := range outs[t] {
			e.VMULPS(f, o, o)
			e.storeTail(mask, j, o, e.at(out, j))
		}
		e.ADDQ(e.slot("ldo"), out)
	}
	e.MOVQ(out, e.slot("out"))
	e.ADDQ(operand.I32(4*steps), e.slot("factor"))
	strides := map[string]string{"prefetchQ": "ldq", "prefetchK": "ldk"}
	for _, name := range append(features, "prefetchQ", "prefetchK") {
		p := e.param(cmp.Or(strides[name], "ldf"))
		e.IMUL3Q(operand.I32(steps), p, p)
		e.ADDQ(p, e.slot(name))
	}
}
