package fit

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat/distuv"
)

// Regime is what can be said of the growth of a series.
type Regime int

// The regimes of growth.
const (
	Few      Regime = iota // fewer than MinLengths lengths
	Unclear                // no power law, or one whose interval is wider than MaxWidth
	PowerLaw               // a power law from From to To
	Rising                 // the asymptotic regime is not reached: the local slope still rises at the end
	Falling                // the asymptotic regime is not reached: the local slope still falls at the end
)

const (
	// MinLengths are needed to tell a power law from a bend.
	MinLengths = 4
	// MaxWidth is the widest interval of an exponent that says anything.
	MaxWidth = 0.5
	// Flat is the bound of an exponent that is as good as none.
	Flat = 0.1

	// A window is bent where the local slope changes by more than maxBend with each doubling,
	// and not by chance.
	maxBend   = 0.02
	bendLevel = 0.01
)

// Growth is how a series grows. Without a power law the exponent and its interval are 0.
type Growth struct {
	Regime   Regime
	Exponent float64 // of value = c·N^Exponent
	Lo, Hi   float64 // 95 % interval of the exponent
	From, To int     // the lengths of the power law; otherwise the longest ones, of which Regime is said
	Last     Slope   // the local slope at the end; of a Rising series the exponent is above it
}

// Grow fits a power law to the longest tail of the series that is not bent, of at least
// MinLengths lengths. A bend too small to be seen moves a slope farther than noise does, so
// that the exponent is fitted beside a fixed cost: a part of the value that does not grow, and
// that bends the short end (below 0 it is what short lengths save). Only a series that is
// Flat without it is fitted without it, as a fixed cost and flat growth are one and the same.
//
// The interval comes from the visits, and from the residuals where these are larger than
// visits explain. Of exact values the residuals alone decide.
func Grow(series []Point) Growth {
	s := byLength(series)
	if len(s) < MinLengths {
		return Growth{}
	}
	g := Growth{To: s[len(s)-1].n, Last: local(s[len(s)-2:])[0]}
	for ; len(s) >= MinLengths; s = s[1:] {
		g.From = s[0].n
		bend := bendOf(s)
		if math.Abs(bend.value) > maxBend && bend.differs(bendLevel) {
			g.Regime = towards(bend.value, s)
			continue
		}
		e := exponent(s)
		half := e.half()
		if g.Regime = Unclear; 2*half <= MaxWidth {
			g.Regime, g.Exponent, g.Lo, g.Hi = PowerLaw, e.value, e.value-half, e.value+half
		}
		break
	}
	return g
}

// towards says where the local slope of a bent series goes at its end: nowhere where the last
// change turns back.
func towards(bend float64, s []length) Regime {
	a, b, c := s[len(s)-3], s[len(s)-2], s[len(s)-1]
	last := (c.mean-b.mean)/(c.x-b.x) - (b.mean-a.mean)/(b.x-a.x)
	switch {
	case bend > 0 && last > 0:
		return Rising
	case bend < 0 && last < 0:
		return Falling
	}
	return Unclear
}

// axis are the constant and the logarithms of the lengths, apart from it.
func axis(s []length) (one, x []float64) {
	one, x = make([]float64, len(s)), make([]float64, len(s))
	for i, l := range s {
		one[i], x[i] = 1, l.x
	}
	return one, apart(x, one)
}

// bendOf is by how much the local slope changes with each doubling, by the parabola of least
// squares.
func bendOf(s []length) estimate {
	one, x := axis(s)
	square := floats.MulTo(make([]float64, len(x)), x, x)
	weights := coefficient(apart(square, one, x))
	floats.Scale(2*math.Ln2, weights)
	return combine(s, weights)
}

// exponent is the slope of a window that is not bent.
func exponent(s []length) estimate {
	one, x := axis(s)
	straight := slope(s, [][]float64{one}, x)
	if math.Abs(straight.value) <= Flat && math.Abs(straight.value)+straight.half() <= Flat {
		return straight
	}
	// Beside c·N^e a small fixed cost adds to log(c·N^e) in proportion to N^-e.
	fixed := make([]float64, len(s))
	for i, l := range s {
		fixed[i] = math.Exp(-straight.value * (l.x - s[0].x))
	}
	fixed = apart(fixed, one)
	return slope(s, [][]float64{one, fixed}, apart(x, fixed))
}

// slope is the least-squares coefficient of x, which is orthogonal to the other regressors.
func slope(s []length, others [][]float64, x []float64) estimate {
	e := combine(s, coefficient(x))
	y := make([]float64, len(s))
	for i, l := range s {
		y[i] = l.mean
	}
	bases := append(others, x)
	residuals := apart(y, bases...)
	free := float64(len(s) - len(bases))
	if sum := floats.Dot(residuals, residuals); misfit(s, bases, sum, free) {
		e.variance, e.free = sum/free/floats.Dot(x, x), free
	}
	return e
}

// misfit reports whether the residuals are larger than visits explain: the F test of lack of
// fit, with a spread of each length's own (M. B. Brown and A. B. Forsythe, The Small Sample
// Behavior of Some Statistics Which Test the Equality of Several Means, 1974).
func misfit(s []length, bases [][]float64, sum, free float64) bool {
	var expected, df float64
	for i, l := range s {
		v := l.variance
		for _, b := range bases {
			v -= l.variance * b[i] * b[i] / floats.Dot(b, b)
		}
		if v > 0 {
			expected += v
			df += v * v / l.free
		}
	}
	if expected == 0 {
		return true
	}
	return distuv.F{D1: free, D2: expected * expected / df}.Survival(sum/expected) < bendLevel
}
