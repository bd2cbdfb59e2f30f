package kernel

func scaleRowsGeneric(s, f []float32, ld, rows, cols int) {
	for i := range rows {
		for c := range s[i*ld : i*ld+cols] {
			s[i*ld+c] *= f[i]
		}
	}
}
