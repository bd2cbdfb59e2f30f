package kernel

// sumGeneric has 8 sums, which hide the latency of an add: 28 GB/s from the first
// cache where memory gave 25 (one core, as above). Where memory is faster than one
// scalar add a float, it tells what plain Go can read. Nothing is written that the
// race detector could watch, and its checks would hide the machine.
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
