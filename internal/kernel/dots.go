package kernel

func dotsGeneric(s []float32, lds int, q []float32, ldq int, k []float32, ldk, heads, keys, d int) {
	for j := range keys {
		key := k[j*ldk : j*ldk+d]
		for r := range heads {
			query := q[r*ldq : r*ldq+d]
			var sums [4]float32
			c := 0
			for ; c+4 <= d; c += 4 {
				x, y := (*[4]float32)(query[c:]), (*[4]float32)(key[c:])
				sums[0] += x[0] * y[0]
				sums[1] += x[1] * y[1]
				sums[2] += x[2] * y[2]
				sums[3] += x[3] * y[3]
			}
			for ; c < d; c++ {
				sums[0] += query[c] * key[c]
			}
			s[r*lds+j] = (sums[0] + sums[2]) + (sums[1] + sums[3])
		}
	}
}
