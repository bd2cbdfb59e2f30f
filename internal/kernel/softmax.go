package kernel

import "math"

func softmaxGeneric(s, m, l, alpha []float32, keys int) {
	var base [lanes]float32
	top := (*[lanes]float32)(m)
	copy(base[:], top[:])
	for j := range keys {
		row := (*[lanes]float32)(s[j*lanes:])
		for r, x := range row {
			if x > base[r] {
				base[r] = x
			}
		}
	}
	sums, scales := (*[lanes]float32)(l), (*[lanes]float32)(alpha)
	for r, x := range base {
		old := top[r]
		top[r] = x
		if math.IsInf(float64(x), -1) {
			base[r] = 0 // -Inf - 0, where -Inf - -Inf would be NaN
		}
		scales[r] = Exp(old - base[r])
	}
	var block [lanes]float32
	for j := range keys {
		row := (*[lanes]float32)(s[j*lanes:])
		for r, x := range row {
			p := Exp(x - base[r])
			row[r] = p
			block[r] += p
		}
	}
	for r, sum := range block {
		sums[r] = sums[r]*scales[r] + sum
	}
}
