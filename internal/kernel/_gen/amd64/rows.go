package amd64

import (
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// finite emits a test that costs one fused multiply-add a vector: 0·x is 0 for
// every finite x and NaN for NaN and ±Inf, so that Σ 0·x == 0 tells.
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
	zero, sum := e.vec(), e.vecs(2)
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
		e.loop(n, 2, func(steps int) {
			for i := range steps {
				e.VFMADD231PS(e.at(p, i), zero, sum[i])
			}
			e.ADDQ(operand.I32(steps*e.bytes()), p)
		})
		v := e.vec()
		e.loadTail(t, 0, e.at(p, 0), v)
		e.VFMADD231PS(v, zero, sum[1])
		e.ADDQ(ld, x)
	})
	e.VADDPS(sum[1], sum[0], sum[0])
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

func log2(n int) int {
	k := 0
	for ; 1<<k < n; k++ {
	}
	return k
}

// sum emits a read of x at the speed of memory: the sums of eight vectors are
// independent, so that no addition waits for another.
func (e *emitter) sum() {
	e.begin("sum", "func(x *float32, vectors int) float32", `adds up whole vectors:
	sum := float32(0)
	for i := range vectors * width {
		sum += x[i]
	}
	return sum`)
	x, n := e.param("x"), e.param("vectors")
	sums := e.vecs(8)
	e.zero(sums...)
	e.loop(n, 8, func(steps int) {
		for i := range steps {
			e.VADDPS(e.at(x, i), sums[i], sums[i])
		}
		e.ADDQ(operand.I32(steps*e.bytes()), x)
	})
	for half := 4; half >= 1; half /= 2 {
		for i := range half {
			e.VADDPS(sums[half+i], sums[i], sums[i])
		}
	}
	e.Store(e.horizontal(sums[0]), e.ReturnIndex(0))
	e.end()
}

// max emits the maximum of some vectors. VMAXPS returns its second source where the
// first is NaN, which is therefore the running maximum.
func (e *emitter) max() {
	e.begin("max", "func(x *float32, vectors int, least float32) float32", `is the largest element of whole vectors, NaN left out, and at least the given one:
	for i := range vectors * width {
		if x[i] > least {
			least = x[i]
		}
	}
	return least`)
	x, n := e.param("x"), e.param("vectors")
	top := e.vecs(4)
	e.VBROADCASTSS(e.slot("least"), top[0])
	for _, t := range top[1:] {
		e.VMOVAPS(top[0], t)
	}
	e.loop(n, 4, func(steps int) {
		for i := range steps {
			v := e.vec()
			e.VMOVUPS(e.at(x, i), v)
			e.VMAXPS(top[i], v, top[i])
		}
		e.ADDQ(operand.I32(steps*e.bytes()), x)
	})
	e.VMAXPS(top[1], top[0], top[0])
	e.VMAXPS(top[3], top[2], top[2])
	e.VMAXPS(top[2], top[0], top[0])
	v := top[0]
	if e.hasMasks() {
		half := e.YMM()
		e.VEXTRACTF32X8(operand.U8(1), v, half)
		e.VMAXPS(half, v.AsY(), half)
		v = half
	}
	four := e.XMM()
	e.VEXTRACTF128(operand.U8(1), v, four)
	e.VMAXPS(four, v.AsX(), four)
	two := e.XMM()
	e.VMOVHLPS(four, four, two)
	e.VMAXPS(two, four, four)
	e.VMOVSHDUP(four, two)
	e.VMAXSS(two, four, four)
	e.Store(four, e.ReturnIndex(0))
	e.end()
}

// horizontal adds up the lanes of v.
func (e *emitter) horizontal(v reg.VecVirtual) reg.VecVirtual {
	if e.hasMasks() {
		half := e.YMM()
		e.VEXTRACTF32X8(operand.U8(1), v, half)
		e.VADDPS(half, v.AsY(), half)
		v = half
	}
	four := e.XMM()
	e.VEXTRACTF128(operand.U8(1), v, four)
	e.VADDPS(four, v.AsX(), four)
	two := e.XMM()
	e.VMOVHLPS(four, four, two)
	e.VADDPS(two, four, four)
	e.VMOVSHDUP(four, two)
	e.VADDSS(two, four, four)
	return four
}

// peak emits the most multiply-adds that the core can do: as many independent
// accumulators as a matrix tile has, no memory. |factor| < 1 keeps the numbers
// bounded and away from denormals: a <- a·factor + addend tends to 1.
func (e *emitter) peak() {
	accumulators := 16
	if !e.hasMasks() {
		accumulators = 12
	}
	e.begin("peak", "func(rounds int)", `does accumulators·width multiply-adds a round in registers:
	for range rounds {
		for i := range a {
			a[i] = a[i]*factor + addend
		}
	}`)
	factor, addend := e.constantReg("half", 0.5), e.constantReg("half", 0.5)
	list := e.vecs(accumulators)
	for _, a := range list {
		e.VMOVAPS(addend, a)
	}
	n := e.param("rounds")
	e.loop(n, 1, func(int) {
		for _, a := range list {
			e.VFMADD213PS(addend, factor, a)
		}
	})
	e.end()
}
