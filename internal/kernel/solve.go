package kernel

func solveGeneric(u, w, v, r, beta []float32, ldu, ldw, ldv, ldr, tokens, cols int) {
	for t := range tokens {
		row := u[t*ldu : t*ldu+cols]
		for c := range row {
			x := v[t*ldv+c] - w[t*ldw+c]
			for s := range t {
				x -= r[t*ldr+s] * u[s*ldu+c]
			}
			row[c] = beta[t] * x
		}
	}
}
