package amd64

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// softcap emits s = softcap·tanh(x), x = s/softcap, over Sᵀ [keys, L], in place. With
// t = factor·s = 2·log2(e)·x, n = round(t), f = t - n in [-1/2, 1/2] and
// p = 2^f - 1 = f·(c1 + f·c2 + .. + f^5·c6),
//
//	e = exp(2x) - 1 = 2^t - 1 = 2^n·p + (2^n - 1)      tanh x = e / (e + 2)
//
// Nothing cancels: for small x n is 0 and e is p, which is relatively exact, where
// the textbook's 1 - 2/(exp(2x) + 1) would lose all digits. 2^n - 1 is exact for |n| <= 24
// and rounded once beyond. The error is 5 ULP at most (TestSoftcapOfEveryMagnitude).
//
// s is first bounded to where t is -126 .. 126 and tanh is -1 and 1 in float32 long since,
// so that n + 127 is the exponent of a normal number. Adding the unrounded factor·s to
// magic = 1.5·2^23 + 127 rounds t to n and leaves n + 127 in the low bits; shifted by 23 they
// are 2^n. A second multiply-add subtracts n from the unrounded product.
//
// AVX2 keeps softcap, factor, both bounds, 1, 2, magic and c6 in registers, and c1 .. c5 in memory.
// AVX-512 has registers for all.
func (e *emitter) softcap() {
	e.begin("softcap", "func(s *float32, vectors int, softcap, factor, bound float32)", `caps scores; factor is 2*log2(e)/softcap and bound 126/factor:
	for i := range s {
		s[i] = softcap * tanh(s[i]/softcap)
	}`)
	s, n := e.param("s"), e.param("vectors")
	top := e.vec()
	e.VBROADCASTSS(e.slot("softcap"), top)
	factor, low, high := e.vec(), e.vec(), e.vec()
	e.VBROADCASTSS(e.slot("factor"), factor)
	e.VBROADCASTSS(e.slot("bound"), high)
	e.zero(low)
	e.VSUBPS(high, low, low)
	one, two := e.constantReg("one", 1), e.constantReg("two", 2)
	magic := e.constantReg("magic", 1.5*(1<<23)+127)
	var c []operand.Op
	for i, x := range exp2Nearest {
		name := "near" + string(rune('1'+i))
		if e.hasMasks() || i == 5 {
			c = append(c, e.constantReg(name, x))
		} else {
			c = append(c, e.constant(name, x))
		}
	}
	e.loop(n, 1, func(int) {
		t, power, f := e.vec(), e.vec(), e.vec()
		e.VMOVUPS(e.at(s, 0), t)
		// The second source is what VMAXPS and VMINPS return beside a NaN: t.
		e.VMAXPS(t, low, t)
		e.VMINPS(t, high, t)
		// The low bits of t + magic are n + 127, the biased exponent of 2^n.
		e.VMOVAPS(magic, power)
		e.VFMADD231PS(factor, t, power)
		e.VSUBPS(magic, power, f)
		e.VFMSUB231PS(factor, t, f)
		e.VPSLLD(operand.U8(23), power, power)
		p := e.vec()
		e.VMOVAPS(c[5].(reg.VecVirtual), p)
		for i := 4; i >= 0; i-- {
			e.VFMADD213PS(c[i], f, p)
		}
		e.VMULPS(f, p, p)
		above := e.vec()
		e.VSUBPS(one, power, above)
		e.VFMADD213PS(above, power, p)
		e.VADDPS(two, p, above)
		e.VDIVPS(above, p, p)
		e.VMULPS(top, p, p)
		e.VMOVUPS(p, e.at(s, 0))
		e.ADDQ(operand.I32(e.bytes()), s)
	})
	e.end()
}
