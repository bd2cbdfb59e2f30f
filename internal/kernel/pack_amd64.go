//go:build !purego

package kernel

// pack turns whole blocks in registers and the edges by the plain loop.
func (x *simd) pack(dst, src []float32, ld, rows, d int, scale float32) {
	L, w := x.lanes(), x.width
	if rows <= 0 || d <= 0 {
		return
	}
	_, _ = dst[d*L-1], src[(rows-1)*ld+d-1]
	r, blocks := 0, d/w
	if blocks > 0 {
		for ; r+w <= rows; r += w {
			x.asm.transpose(&dst[r], &src[r*ld], L, ld, w*L, w, blocks, nil, scale)
		}
	}
	c := 0
	if r == L {
		c = blocks * w
	}
	for ; c < d; c++ {
		row := dst[c*L : (c+1)*L]
		i := r
		if c >= blocks*w {
			i = 0
		}
		for ; i < rows; i++ {
			row[i] = scale * src[i*ld+c]
		}
		clear(row[rows:])
	}
}

func (x *simd) unpack(dst []float32, ld int, o, factor []float32, rows, dv int) {
	L, w := x.lanes(), x.width
	if rows <= 0 || dv <= 0 {
		return
	}
	_, _, _ = dst[(rows-1)*ld+dv-1], o[dv*L-1], factor[rows-1]
	r, blocks := 0, dv/w
	if blocks > 0 {
		for ; r+w <= rows; r += w {
			x.asm.transpose(&dst[r*ld], &o[r], ld, L, w, w*L, blocks, &factor[r], 0)
		}
	}
	i := 0
	if blocks*w == dv {
		i = r
	}
	for ; i < rows; i++ {
		c := 0
		if i < r {
			c = blocks * w
		}
		for ; c < dv; c++ {
			if factor[i] == 0 {
				dst[i*ld+c] = 0
			} else {
				dst[i*ld+c] = o[c*L+i] * factor[i]
			}
		}
	}
}
