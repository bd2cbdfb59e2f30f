package kernel

func packGeneric(dst, src []float32, ld, rows, d int, scale float32) {
	for c := range d {
		row := (*[lanes]float32)(dst[c*lanes:])
		for r := range rows {
			row[r] = scale * src[r*ld+c]
		}
		clear(row[rows:])
	}
}

func unpackGeneric(dst []float32, ld int, o, factor []float32, rows, dv int) {
	for r := range rows {
		f := factor[r]
		row := dst[r*ld : r*ld+dv]
		if f == 0 {
			clear(row)
			continue
		}
		for c := range row {
			row[c] = o[c*lanes+r] * f
		}
	}
}
