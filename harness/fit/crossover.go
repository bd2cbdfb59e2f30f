package fit

import "math"

// Order says which of two series, a and b, is the faster at one length; whoever knows all
// comparisons of a report judges them together.
type Order struct {
	N    int
	Sign int // -1: a is faster; +1: b is; 0: they are alike
	// Ratio of b over a with its interval.
	Ratio, Lo, Hi float64
}

// Outcome is what can be said of two series over all their lengths.
type Outcome int

// The outcomes of a comparison of two series.
const (
	Unknown Outcome = iota // they are alike at the longest length, and at no two lengths are they ordered differently
	None                   // one is faster at the longest length, and the other nowhere
	Crosses                // each is faster somewhere
)

// Trend is where the ratio of two series goes over the last lengths, at most MinLengths.
type Trend int

// The trends of a ratio.
const (
	Untold    Trend = iota // noise hides it
	Widening               // the faster one gains with N
	Narrowing              // the slower one gains with N
	Steady                 // as good as none: Flat
)

// Crossing compares two series over all lengths that have an Order.
type Crossing struct {
	Outcome    Outcome
	Crossovers []Crossover // of Crosses, shortest first
	Last       Order       // at the longest length
	Trend      Trend       // of the ratio, where Last has a sign
	// Since is the length from which on the series that is faster at the longest length is
	// so at every length: it pays from there on. 0: they are alike at the longest length.
	Since int
}

// Crossover is where the slower of two series becomes the faster.
type Crossover struct {
	Sign          int     // of the Orders behind it: -1, a becomes faster
	At, Lo, Hi    float64 // with its 95 % interval from the visits, between Before and After
	Before, After int     // the last length where it was slower, and the first where it is faster
}

// Cross compares a and b. orders are their comparisons, shortest first; lengths without one
// do not count. A crossover lies where the ratio of the geometric means of the visits is 1,
// interpolated on logarithmic axes, and its interval holds all places where the interval of
// the ratio has 1 (E. C. Fieller, Some Problems in Interval Estimation, 1954).
func Cross(a, b []Point, orders []Order) Crossing {
	ratios := over(byLength(a), byLength(b))
	at := map[int]int{} // index in ratios
	for i, l := range ratios {
		at[l.n] = i
	}
	var c Crossing
	sign, before := 0, 0 // of the last length with a sign
	for _, o := range orders {
		i, known := at[o.N]
		if !known {
			continue
		}
		c.Last = o
		switch {
		case o.Sign == 0:
			c.Since = 0
			continue
		case c.Since == 0 || o.Sign != sign:
			c.Since = o.N
		}
		if sign == -o.Sign {
			c.Crossovers = append(c.Crossovers, crossover(ratios[before:i+1], o.Sign))
		}
		sign, before = o.Sign, i
	}
	switch {
	case len(c.Crossovers) > 0:
		c.Outcome = Crosses
	case c.Last.Sign != 0:
		c.Outcome = None
	}
	if c.Last.Sign != 0 {
		end := at[c.Last.N] + 1
		c.Trend = trend(ratios[max(0, end-MinLengths):end], c.Last.Sign)
	}
	return c
}

// over are the ratios of a over b at their common lengths.
func over(a, b []length) []length {
	list := make([]length, 0, min(len(a), len(b)))
	for len(a) > 0 && len(b) > 0 {
		switch d := a[0].n - b[0].n; {
		case d < 0:
			a = a[1:]
		case d > 0:
			b = b[1:]
		default:
			e := combine([]length{a[0], b[0]}, []float64{1, -1})
			list = append(list, length{a[0].n, a[0].x, e.value, e.variance, e.free})
			a, b = a[1:], b[1:]
		}
	}
	return list
}

// trend is of the ratios of a over b at some lengths.
func trend(ratios []length, faster int) Trend {
	if len(ratios) < 2 {
		return Untold
	}
	_, x := axis(ratios)
	e := combine(ratios, coefficient(x))
	switch {
	case math.Abs(e.value)+e.half() <= Flat:
		return Steady
	case !e.differs(1 - confidence):
		return Untold
	case e.value*float64(faster) > 0:
		return Widening
	}
	return Narrowing
}

// steps is how many pieces of the way between two lengths a crossover is searched on.
const steps = 16

// crossover searches where ratios of a over b reach 1: before the first length one series is
// faster, and from the last on that of the sign.
func crossover(ratios []length, sign int) Crossover {
	first, last := ratios[0], ratios[len(ratios)-1]
	at, lo, hi := first.x, math.NaN(), first.x
	before := place{x: first.x}
	for i := 1; i < len(ratios); i++ {
		l, r := ratios[i-1], ratios[i]
		for k := range steps + 1 {
			share := float64(k) / steps
			e := combine([]length{l, r}, []float64{1 - share, share})
			p, half := place{x: l.x + share*(r.x-l.x), gap: -float64(sign) * e.value}, e.half()
			p.lo, p.hi = p.gap-half, p.gap+half
			if before.gap > 0 && p.gap <= 0 {
				at = zero(before.x, p.x, before.gap, p.gap)
			}
			if math.IsNaN(lo) && p.lo <= 0 {
				lo = zero(before.x, p.x, before.lo, p.lo)
			}
			if before.hi > 0 && p.hi <= 0 {
				hi = zero(before.x, p.x, before.hi, p.hi)
			} else if p.hi > 0 {
				hi = p.x
			}
			before = p
		}
	}
	if math.IsNaN(lo) { // the means part nowhere as the orders do
		lo, hi = first.x, last.x
	}
	return Crossover{sign, math.Exp(at), math.Exp(min(lo, at)), math.Exp(max(hi, at)), first.n, last.n}
}

// place is the logarithm of the ratio at one place, with its interval: above 0 where the
// series that becomes the faster one is slower.
type place struct{ x, gap, lo, hi float64 }

// zero is where a line from y0 above 0 to y1 reaches 0.
func zero(x0, x1, y0, y1 float64) float64 {
	if y0 <= y1 || y0 <= 0 {
		return x1
	}
	return x0 + (x1-x0)*y0/(y0-y1)
}
