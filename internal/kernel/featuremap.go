package kernel

func eluPlus1Generic(dst, src []float32) {
	dst = dst[:len(src)]
	for i, x := range src {
		if x > 0 {
			dst[i] = x + 1
		} else {
			dst[i] = Exp(x)
		}
	}
}

func scaledExpGeneric(x []float32, scale, shift, factor float32) {
	for i, y := range x {
		x[i] = factor * Exp(scale*y+shift)
	}
}

func normaliseGeneric(den, z, q, k []float32, ld, m, tokens int) {
	z = z[:m]
	for t := range tokens {
		keys, queries := k[t*ld:t*ld+m], q[t*ld:t*ld+m]
		var sum float32
		for i, x := range keys {
			z[i] += x
			sum += queries[i] * z[i]
		}
		den[t] = sum
	}
}
