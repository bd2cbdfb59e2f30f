package amd64

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
