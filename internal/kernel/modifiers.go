package kernel

import "math"

func softcapGeneric(s []float32, keys int, softcap float32) {
	for i, x := range s[:keys*lanes] {
		s[i] = softcap * float32(math.Tanh(float64(x)/float64(softcap)))
	}
}

func alibiGeneric(s []float32, keys int, distance, slope float32) {
	for j := range keys {
		row := (*[lanes]float32)(s[j*lanes:])
		for r := range row {
			row[r] -= slope * float32(math.Abs(float64(distance+float32(r-j))))
		}
	}
}

func biasGeneric(s, bias []float32, keys int) {
	bias = bias[:keys*lanes]
	for i, x := range bias {
		if math.IsInf(float64(x), -1) {
			s[i] = x
			continue
		}
		low, high := min(s[i], -math.MaxFloat32), max(s[i], x, math.MaxFloat32)
		s[i] = min(max(s[i]+x, low), high)
	}
}
