package kernel

func maxGeneric(x []float32, least float32) float32 {
	for _, y := range x {
		if y > least {
			least = y
		}
	}
	return least
}
