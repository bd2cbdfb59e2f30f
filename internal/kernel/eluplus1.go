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
