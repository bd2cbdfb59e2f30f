package plot

import (
	"math"

	"gonum.org/v1/plot"
)

// ticker puts ticks at powers of the axis's base; Axis.Tick writes their labels, such as
// 1K. gonum's LogTicks labels decades only and leaves an axis inside one decade bare;
// ticker labels at least two ticks where the range spans a factor of 2.
type ticker Axis

// maxLabels bounds the labels of an axis.
const maxLabels = 12

// Ticks implements [plot.Ticker].
func (t ticker) Ticks(lo, hi float64) []plot.Tick {
	switch {
	case t.Linear:
		return t.linear(lo, hi)
	case t.Base == 2:
		return t.binary(lo, hi)
	}
	return t.decimal(lo, hi)
}

// binary labels powers of 2, or of 4, 8, ... where there would be too many.
func (t ticker) binary(lo, hi float64) []plot.Tick {
	first, last := int(math.Ceil(math.Log2(lo))), int(math.Floor(math.Log2(hi)))
	step := 1
	for (last-first)/step >= maxLabels {
		step *= 2
	}
	var ticks []plot.Tick
	for e := first; e <= last; e++ {
		v := math.Ldexp(1, e)
		label := ""
		if e%step == 0 {
			label = t.Tick(v)
		}
		ticks = append(ticks, plot.Tick{Value: v, Label: label})
	}
	return ticks
}

// decimal labels decades, the twos and fives between them where fewer than three
// decades are in range, and all multiples within one; the others are marks alone.
func (t ticker) decimal(lo, hi float64) []plot.Tick {
	first, last := int(math.Floor(math.Log10(lo))), int(math.Floor(math.Log10(hi)))
	decades := math.Log10(hi / lo)
	var ticks []plot.Tick
	for e := first; e <= last; e++ {
		for m := 1; m <= 9; m++ {
			v := float64(m) * math.Pow10(e)
			if e < 0 { // a quotient is the nearest number to 0.009, a product is not
				v = float64(m) / math.Pow10(-e)
			}
			if v < lo || v > hi {
				continue
			}
			label := ""
			if m == 1 || decades < 3 && (m == 2 || m == 5) || decades < 1 {
				label = t.Tick(v)
			}
			ticks = append(ticks, plot.Tick{Value: v, Label: label})
		}
	}
	return ticks
}

// linear labels multiples of 1, 2 or 5 times a power of ten, at most 9 of them.
func (t ticker) linear(lo, hi float64) []plot.Tick {
	unit := math.Pow10(int(math.Floor(math.Log10(hi-lo))) - 1)
	step := unit
	for _, m := range []float64{1, 2, 5, 10, 20} {
		if step = m * unit; (hi-lo)/step <= 9 {
			break
		}
	}
	var ticks []plot.Tick
	for k := math.Ceil(lo / step); k*step <= hi; k++ {
		v := k*step + 0 // not -0
		ticks = append(ticks, plot.Tick{Value: v, Label: t.Tick(v)})
	}
	return ticks
}
