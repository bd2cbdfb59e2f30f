//go:build !purego

package kernel

// substitute leaves the columns past the last whole strip to the plain loop.
func (x *simd) solve(u, w, v, r, beta []float32, ldu, ldw, ldv, ldr, tokens, cols int) {
	if tokens <= 0 || cols <= 0 {
		return
	}
	last := tokens - 1
	_, _, _ = u[last*ldu+cols-1], w[last*ldw+cols-1], v[last*ldv+cols-1]
	_, _ = r[last*ldr+last], beta[last]
	strips := cols / (2 * x.width)
	if strips > 0 {
		x.asm.solve(&u[0], &w[0], &v[0], &r[0], &beta[0], ldu, ldw, ldv, ldr, tokens, strips)
	}
	if done := strips * 2 * x.width; done < cols {
		solveGeneric(u[done:], w[done:], v[done:], r, beta, ldu, ldw, ldv, ldr, tokens, cols-done)
	}
}
