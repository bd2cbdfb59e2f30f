package amd64

import (
	"math"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// mask emits the select by visibility words over Sᵀ [keys, L], vis [keys]:
//
//	s[j, r] = bit r of vis[j] ? s[j, r] : -Inf
//
// 2^(-Inf - m) is 0, so that softmax gives a hidden key no weight. Softmax runs after mask:
// the score of a hidden key may be the largest of its lane, and must not become its m.
// It is a select and no addition of -Inf, as the score may be NaN.
//
// AVX-512: the 16 bits of a vector's lanes are an opmask as they lie in memory; vector i
// of a panel loads those at byte 2i of the word. AVX2 has no opmasks: the word is
// broadcast, and lane r of vector i keeps bit 8i + r alone. Comparing what is left with
// that bit gives all ones where the lane sees the key, all zeros where not, which is what
// a blend takes. The bits of all vectors stay in registers.
func (e *emitter) mask() {
	e.begin("mask", "func(s *float32, vis *uint32, keys int)", `overwrites what a lane does not see:
	for j := range keys {
		for r := range lanes {
			if vis[j]>>r&1 == 0 {
				s[j*lanes+r] = -Inf
			}
		}
	}`)
	s, vis, n := e.param("s"), e.param("vis"), e.param("keys")
	inf := e.constantReg("negInf", float32(math.Inf(-1)))
	var bits []reg.VecVirtual
	if !e.hasMasks() {
		for j := range e.wide {
			words := make([]uint32, e.width)
			for r := range words {
				words[r] = 1 << (j*e.width + r)
			}
			v := e.vec()
			e.VMOVUPS(e.data("bits"+string(rune('0'+j)), words...), v)
			bits = append(bits, v)
		}
	}
	e.loop(n, 1, func(int) {
		if e.hasMasks() {
			for j := range e.wide {
				k, v := e.K(), e.vec()
				e.KMOVW(operand.Mem{Base: vis, Disp: 2 * j}, k)
				e.VBLENDMPS(e.at(s, j), inf, k, v)
				e.VMOVUPS(v, e.at(s, j))
			}
		} else {
			word := e.vec()
			e.VPBROADCASTD(operand.Mem{Base: vis}, word)
			for j := range e.wide {
				seen := e.vec()
				e.VPAND(word, bits[j], seen)
				e.VPCMPEQD(bits[j], seen, seen)
				e.VBLENDVPS(seen, e.at(s, j), inf, seen)
				e.VMOVUPS(seen, e.at(s, j))
			}
		}
		e.ADDQ(operand.I32(4*e.lanes()), s)
		e.ADDQ(operand.I32(4), vis)
	})
	e.end()
}
