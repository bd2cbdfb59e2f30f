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
