package kernel

import (
	"math"
)

func biasGeneric(s, bias []float32, keys int) {
	bias = bias[:keys*lanes]
	for i, x := range bias {
		if math.IsInf(float64(x), -1) {
			s[i] = x
		} else {
			s[i] += x
		}
	}
}
