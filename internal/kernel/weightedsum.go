package kernel

func weightedSumGeneric(o []float32, ldo int, sums, alpha, p []float32, ldp int, v []float32, ldv, heads, keys, dv int) {
	clear(sums[:heads*dv])
	for j := range keys {
		value := v[j*ldv : j*ldv+dv]
		for r := range heads {
			w, sum := p[r*ldp+j], sums[r*dv:(r+1)*dv]
			for c, x := range value {
				sum[c] += w * x
			}
		}
	}
	for r := range heads {
		out := o[r*ldo : r*ldo+dv]
		for c, sum := range sums[r*dv : (r+1)*dv] {
			out[c] = alpha[r]*out[c] + sum
		}
	}
}
