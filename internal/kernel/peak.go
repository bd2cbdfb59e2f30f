package kernel

// genericPeak is the fastest plain multiply-add loop found.
func genericPeak(rounds int) int64 {
	var a [8]float32
	x, y := float32(0.5), float32(0.5)
	for range rounds {
		a[0] = a[0]*x + y
		a[1] = a[1]*x + y
		a[2] = a[2]*x + y
		a[3] = a[3]*x + y
		a[4] = a[4]*x + y
		a[5] = a[5]*x + y
		a[6] = a[6]*x + y
		a[7] = a[7]*x + y
	}
	if a[0]+a[1]+a[2]+a[3]+a[4]+a[5]+a[6]+a[7] < 0 {
		return 0
	}
	return int64(rounds) * 16
}

func genericSum(x []float32) float32 {
	var s float32
	for _, f := range x {
		s += f
	}
	return s
}
