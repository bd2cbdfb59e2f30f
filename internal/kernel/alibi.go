package kernel

import (
	"math"
)

func alibiGeneric(s []float32, keys int, distance, slope float32) {
	for j := range keys {
		row := (*[lanes]float32)(s[j*lanes:])
		for r := range row {
			row[r] -= slope * float32(math.Abs(float64(distance+float32(r-j))))
		}
	}
}
