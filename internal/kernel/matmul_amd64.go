//go:build !purego

package kernel

// matmul cuts the columns into strips, each as wide as the widest tile that still fits.
func (x *simd) matmul(c []float32, ldc int, a []float32, ars, aks int, b []float32, ldb, rows, depth, cols int, alpha []float32, prefetch Prefetch) {
	if rows <= 0 || cols <= 0 {
		return
	}
	whole := RoundUp(cols, x.width)
	_ = c[(rows-1)*ldc+whole-1]
	var pa, pb, scale *float32
	if depth > 0 {
		_ = a[(rows-1)*ars+(depth-1)*aks]
		_ = b[(depth-1)*ldb+cols-1]
		pa = &a[0]
	}
	line, step, stripe := &c[0], 0, 0
	if len(prefetch.From) > 0 {
		line, step, stripe = &prefetch.From[0], prefetch.Step, prefetch.Stripe
	}
	for at := 0; at < cols; {
		if depth > 0 {
			pb = &b[at]
		}
		if alpha != nil {
			_ = alpha[whole-1]
			scale = &alpha[at]
		}
		vectors := min(x.wide, (cols-at)/x.width)
		if vectors == 0 {
			x.asm.matmulTail(&c[at], pa, pb, ldc, ars, aks, ldb, rows, depth, scale, line, step, stripe, cols-at)
			return
		}
		x.asm.matmul[vectors-1](&c[at], pa, pb, ldc, ars, aks, ldb, rows, depth, scale, line, step, stripe)
		at += vectors * x.width
	}
}
