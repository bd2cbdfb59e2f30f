package amd64

// peak emits as many multiply-adds as the core can do. Reports give the speed of every
// kernel as a share of this rate:
//
//	a_i = a_i·factor + addend    FLOPs of a round: 2·accumulators·width
//
// No memory is read. A core starts 2 fused multiply-adds a cycle and each takes some 4, so
// that 8 chains must run side by side to keep it busy. There are as many as a matrix tile
// has sums (matmul.go): 12 on AVX2, 16 on AVX-512.
//
// A core may slow down for infinities and denormals, so the sums must meet neither. With
// factor = addend = 1/2 they start at 1/2 and tend to the fixed point addend/(1 - factor)
// = 1, whatever the number of rounds.
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
