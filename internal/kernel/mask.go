package kernel

import (
	"math"
	"math/bits"
)

func maskGeneric(s []float32, vis []uint32, keys int) {
	for j, seen := range vis[:keys] {
		row := (*[lanes]float32)(s[j*lanes:])
		for hidden := (1<<lanes - 1) &^ seen; hidden != 0; hidden &= hidden - 1 {
			row[bits.TrailingZeros32(hidden)] = float32(math.Inf(-1))
		}
	}
}
