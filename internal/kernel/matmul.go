package kernel

// matmulGeneric holds a 2 x 4 block of results in registers: 8 products from 6 loads, which
// is what the 15 usable scalar registers of amd64 allow.
func matmulGeneric(c []float32, ldc int, a []float32, ars, aks int, b []float32, ldb, rows, depth, cols int, alpha []float32, _ Prefetch) {
	i := 0
	for ; i+2 <= rows; i += 2 {
		c0, c1 := c[i*ldc:i*ldc+cols], c[(i+1)*ldc:(i+1)*ldc+cols]
		r := 0
		for ; r+4 <= cols; r += 4 {
			var x0, x1, x2, x3, y0, y1, y2, y3 float32
			for k := range depth {
				left := a[i*ars+k*aks]
				right := (*[4]float32)(b[k*ldb+r:])
				x0 += left * right[0]
				x1 += left * right[1]
				x2 += left * right[2]
				x3 += left * right[3]
				left = a[(i+1)*ars+k*aks]
				y0 += left * right[0]
				y1 += left * right[1]
				y2 += left * right[2]
				y3 += left * right[3]
			}
			t0, t1 := (*[4]float32)(c0[r:]), (*[4]float32)(c1[r:])
			if alpha != nil {
				f := (*[4]float32)(alpha[r:])
				x0, x1, x2, x3 = x0+f[0]*t0[0], x1+f[1]*t0[1], x2+f[2]*t0[2], x3+f[3]*t0[3]
				y0, y1, y2, y3 = y0+f[0]*t1[0], y1+f[1]*t1[1], y2+f[2]*t1[2], y3+f[3]*t1[3]
			}
			*t0, *t1 = [4]float32{x0, x1, x2, x3}, [4]float32{y0, y1, y2, y3}
		}
		for ; r < cols; r++ {
			cellGeneric(&c0[r], a, i*ars, aks, b, r, ldb, depth, alpha)
			cellGeneric(&c1[r], a, (i+1)*ars, aks, b, r, ldb, depth, alpha)
		}
	}
	if i < rows {
		for r := range cols {
			cellGeneric(&c[i*ldc+r], a, i*ars, aks, b, r, ldb, depth, alpha)
		}
	}
}

// cellGeneric is one element of the product: row i0 = i·ars of A, column r of B.
func cellGeneric(c *float32, a []float32, i0, aks int, b []float32, r, ldb, depth int, alpha []float32) {
	var sum float32
	for k := range depth {
		sum += a[i0+k*aks] * b[k*ldb+r]
	}
	if alpha != nil {
		sum += alpha[r] * *c
	}
	*c = sum
}
