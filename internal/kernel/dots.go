package kernel

// The plain forms of the kernels that a step of decoding is made of: a few rows of
// queries against rows of keys and values as they lie. The algebra of the fast ones is
// in _gen/dots.go and _gen/weigh.go.

func genericDots(s []float32, lds int, q []float32, ldq int, k []float32, ldk, heads, keys, d int) {
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

func genericWeigh(o []float32, ldo int, sums, alpha, p []float32, ldp int, v []float32, ldv, heads, keys, dv int) {
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

func genericLargest(x []float32, least float32) float32 {
	for _, y := range x {
		if y > least {
			least = y
		}
	}
	return least
}
