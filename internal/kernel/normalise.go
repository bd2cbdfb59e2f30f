package kernel

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
