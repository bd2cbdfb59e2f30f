package kernel

func decayDotsGeneric(dq, dk []float32, ldd int, x, q, k, a []float32, ldq, ldk, lda, m, rows int, scale float32) {
	x = x[:m]
	copy(x, k)
	for t := range rows {
		var sumQ, sumK float32
		for i, y := range x {
			if t > 0 {
				y *= a[t*lda+i]
				x[i] = y
			}
			sumQ += q[t*ldq+i] * y
			sumK += k[t*ldk+i] * y
		}
		dq[t*ldd], dk[t*ldd] = scale*sumQ, sumK
	}
}
