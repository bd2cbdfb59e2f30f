package kernel

func scaledExpGeneric(x []float32, scale, shift, factor float32) {
	for i, y := range x {
		x[i] = factor * Exp(scale*y+shift)
	}
}
