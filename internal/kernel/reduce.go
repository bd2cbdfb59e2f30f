package kernel

func finiteGeneric(x []float32, ld, rows, cols int) bool {
	for i := range rows {
		for _, f := range x[i*ld : i*ld+cols] {
			if f*0 != 0 {
				return false
			}
		}
	}
	return true
}

func maxGeneric(x []float32, floor float32) float32 {
	for _, y := range x {
		if y > floor {
			floor = y
		}
	}
	return floor
}

// sumGeneric has 8 sums, which hide the latency of an add: 28 GB/s from the first cache
// where memory gave 25 (one core of an AMD EPYC). Where memory is faster than one scalar
// add a float, the rate is what plain Go can read. The race detector's checks would hide
// the machine, and find nothing: sumGeneric only reads.
//
//go:norace
func sumGeneric(x []float32) float32 {
	var a, b, c, d, e, f, g, h float32
	for len(x) >= 8 {
		v := (*[8]float32)(x)
		a += v[0]
		b += v[1]
		c += v[2]
		d += v[3]
		e += v[4]
		f += v[5]
		g += v[6]
		h += v[7]
		x = x[8:]
	}
	for _, v := range x {
		a += v
	}
	return ((a + b) + (c + d)) + ((e + f) + (g + h))
}
