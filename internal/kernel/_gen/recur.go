package main

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// recur emits the recurrence of linear attention over a strip of the state's
// columns. A state row is loaded once for several tokens, each of which first
// adds to it and then reads it, while the v and o of these tokens stay in
// registers:
//
//	S[i, c] += k[t, i]·v[t, c]    o[t, c] += q[t, i]·S[i, c]    t = 0, 1, ..
//
// On AVX-512 4 tokens by 2 vectors: 16 fused multiply-adds for 2 loads of S, 8
// broadcasts and 2 stores, and 19 of 32 registers; on AVX2 2 tokens by 2 vectors.
// Successive state rows are independent but for the o, so that the chain through
// one row's tokens overlaps with the next row's.
func (e *emitter) recur() {
	e.begin("recur", "func(out, q, k, v, state, factor *float32, ldo, ldf, ldv, lds, m, tokens, lanes int)", `takes tokens through a strip of at most 2·width columns:
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
	r := recurrence{
		out: e.param("out"), q: e.param("q"), k: e.param("k"), v: e.param("v"),
		state: e.param("state"), factor: e.param("factor"),
		tail: e.tailOf(e.param("lanes"), 2),
	}
	together := 2
	if e.hasMasks() {
		together = 4
	}
	tokens := e.param("tokens")
	e.loop(tokens, together, func(steps int) { e.recurTokens(r, steps) })
	e.end()
}

type recurrence struct {
	out, q, k, v, state, factor reg.GPVirtual
	tail                        tail
}

// recurTokens takes steps tokens through all rows of the state.
func (e *emitter) recurTokens(r recurrence, steps int) {
	ldv := e.stride("ldv")
	values, outs := make([][]reg.VecVirtual, steps), make([][]reg.VecVirtual, steps)
	for t := range steps {
		values[t], outs[t] = e.vecs(2), e.vecs(2)
		e.zero(outs[t]...)
		for j, v := range values[t] {
			e.loadTail(r.tail, j, e.at(r.v, j), v)
		}
		e.ADDQ(ldv, r.v)
	}
	ldf, lds := e.stride("ldf"), e.stride("lds")
	q, k, s, rows := e.GP64(), e.GP64(), e.GP64(), e.param("m")
	e.MOVQ(r.q, q)
	e.MOVQ(r.k, k)
	e.MOVQ(r.state, s)
	// Token 3 has no scale to be reached by: a pointer beside.
	q3, k3 := q, k
	if steps > 3 {
		q3, k3 = e.GP64(), e.GP64()
		e.LEAQ(operand.Mem{Base: q, Index: ldf, Scale: 2}, q3)
		e.ADDQ(ldf, q3)
		e.LEAQ(operand.Mem{Base: k, Index: ldf, Scale: 2}, k3)
		e.ADDQ(ldf, k3)
	}
	feature := func(base, third reg.GPVirtual, t int) operand.Mem {
		switch t {
		case 0:
			return operand.Mem{Base: base}
		case 3:
			return operand.Mem{Base: third}
		}
		return operand.Mem{Base: base, Index: ldf, Scale: uint8(t)}
	}
	e.loop(rows, 1, func(int) {
		row := e.vecs(2)
		for j, v := range row {
			e.VMOVUPS(e.at(s, j), v)
		}
		for t := range steps {
			x := e.vec()
			e.VBROADCASTSS(feature(k, k3, t), x)
			for j, v := range row {
				e.VFMADD231PS(x, values[t][j], v)
			}
			y := e.vec()
			e.VBROADCASTSS(feature(q, q3, t), y)
			for j, v := range row {
				e.VFMADD231PS(y, v, outs[t][j])
			}
		}
		for j, v := range row {
			e.VMOVUPS(v, e.at(s, j))
		}
		e.ADDQ(operand.I32(4), q)
		e.ADDQ(operand.I32(4), k)
		if steps > 3 {
			e.ADDQ(operand.I32(4), q3)
			e.ADDQ(operand.I32(4), k3)
		}
		e.ADDQ(lds, s)
	})
	ldo := e.stride("ldo")
	for t := range steps {
		f := e.vec()
		e.VBROADCASTSS(operand.Mem{Base: r.factor, Disp: 4 * t}, f)
		for j, o := range outs[t] {
			e.VMULPS(f, o, o)
			e.storeTail(r.tail, j, o, e.at(r.out, j))
		}
		e.ADDQ(ldo, r.out)
	}
	e.ADDQ(operand.I32(4*steps), r.factor)
	for _, p := range []reg.GPVirtual{r.q, r.k} {
		if steps == 1 {
			e.ADDQ(ldf, p)
		} else {
			e.LEAQ(operand.Mem{Base: p, Index: ldf, Scale: uint8(steps)}, p)
		}
	}
}

// normalise emits the running sum of key features and its products with the
// query features: the denominators of linear attention. z stays in memory (a
// few lines of L1), as M has no bound.
func (e *emitter) normalise() {
	e.begin("normalise", "func(den, z, q, k *float32, ldf, m, tokens int)", `keeps z = Σ k and computes the denominators; rows of q, k and z are padded with zeros to whole vectors, m counts the padded elements:
	for t := range tokens {
		den[t] = 0
		for i := range m {
			z[i] += k[t*ldf+i]
			den[t] += q[t*ldf+i] * z[i]
		}
	}`)
	den, z, q, k := e.param("den"), e.param("z"), e.param("q"), e.param("k")
	ldf, m, tokens := e.stride("ldf"), e.stride("m"), e.param("tokens")
	e.loop(tokens, 1, func(int) {
		sums := e.vecs(2)
		e.zero(sums...)
		i, n := e.GP64(), e.GP64()
		e.XORQ(i, i)
		e.MOVQ(m, n)
		e.SHRQ(operand.U8(log2(e.bytes())), n)
		e.loop(n, 2, func(steps int) {
			for j := range steps {
				cell := func(base reg.GPVirtual) operand.Mem {
					return operand.Mem{Base: base, Index: i, Scale: 1, Disp: j * e.bytes()}
				}
				v, w := e.vec(), e.vec()
				e.VMOVUPS(cell(z), v)
				e.VADDPS(cell(k), v, v)
				e.VMOVUPS(v, cell(z))
				e.VMOVUPS(cell(q), w)
				e.VFMADD231PS(w, v, sums[j])
			}
			e.ADDQ(operand.I32(steps*e.bytes()), i)
		})
		e.VADDPS(sums[1], sums[0], sums[0])
		e.VMOVSS(e.horizontal(sums[0]), operand.Mem{Base: den})
		e.ADDQ(operand.I32(4), den)
		e.ADDQ(ldf, q)
		e.ADDQ(ldf, k)
	})
	e.end()
}
