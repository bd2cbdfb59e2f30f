package kernel

import (
	"math"
)

func softcapGeneric(s []float32, keys int, softcap float32) {
	for i, t := range s[:keys*lanes] {
		s[i] = softcap * float32(math.Tanh(float64(t)/(2*math.Log2E)))
	}
}
