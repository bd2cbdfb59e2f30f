// Package fit says how series grow and where one overtakes another. Its
// functions are pure: numbers in, numbers out.
package fit

import (
	"math"
	"sort"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Point is one length of a series: N tokens, and the median, smallest and
// largest of its samples, in any one unit.
type Point struct {
	N              int
	Median, Lo, Hi float64
}

// Growth is a power law Median = c·N^Exponent, fitted on the lengths From to To.
type Growth struct {
	Exponent float64
	Lo, Hi   float64 // 95 % interval of the exponent
	From, To int
}

// Lengths of the tail that Grow fits: at small N the fixed costs hide the growth.
const (
	fewestPoints = 3
	mostPoints   = 4
)

// Grow fits the power law by least squares of log Median on log N over the
// largest lengths, at most four of them. The interval is Student's t on the
// residuals; it tells how straight the tail is, not how noisy the machine. Not
// ok with fewer than three lengths.
func Grow(series []Point) (g Growth, ok bool) {
	s := sorted(series)
	if len(s) < fewestPoints {
		return g, false
	}
	s = s[max(0, len(s)-mostPoints):]
	x, y := make([]float64, len(s)), make([]float64, len(s))
	for i, p := range s {
		x[i], y[i] = math.Log(float64(p.N)), math.Log(p.Median)
	}
	intercept, slope := stat.LinearRegression(x, y, nil, false)
	var residuals, spread float64
	mean := stat.Mean(x, nil)
	for i := range x {
		r := y[i] - intercept - slope*x[i]
		residuals += r * r
		spread += (x[i] - mean) * (x[i] - mean)
	}
	free := float64(len(x) - 2)
	t := distuv.StudentsT{Mu: 0, Sigma: 1, Nu: free}.Quantile(0.975)
	half := t * math.Sqrt(residuals/free/spread)
	return Growth{slope, slope - half, slope + half, s[0].N, s[len(s)-1].N}, true
}

// Crossover is where a series that was slower becomes the faster one.
type Crossover struct {
	At     float64 // tokens, interpolated on logarithmic axes
	Lo, Hi int     // lengths between which the order is open: outside, the samples do not overlap
}

// Overtakes returns where a becomes faster than b with growing N, in order. Only
// lengths that both have count, and nothing is extrapolated.
func Overtakes(a, b []Point) []Crossover {
	pairs := common(a, b)
	var list []Crossover
	for i := 1; i < len(pairs); i++ {
		before, after := pairs[i-1].gap(), pairs[i].gap()
		if !(before > 0 && after < 0) {
			// A tie belongs to the crossing on its far side.
			if !(before == 0 && after < 0 && i >= 2 && pairs[i-2].gap() > 0) {
				continue
			}
		}
		lo, hi := math.Log(float64(pairs[i-1].n())), math.Log(float64(pairs[i].n()))
		c := Crossover{At: math.Exp(lo + (hi-lo)*before/(before-after)), Lo: pairs[i-1].n(), Hi: pairs[i].n()}
		for k := i - 1; k > 0 && pairs[k].overlaps(); k-- {
			c.Lo = pairs[k-1].n()
		}
		for k := i; k < len(pairs)-1 && pairs[k].overlaps(); k++ {
			c.Hi = pairs[k+1].n()
		}
		list = append(list, c)
	}
	return list
}

// pair is the two series at one length.
type pair struct{ a, b Point }

func (p pair) n() int { return p.a.N }

// gap is positive where a is slower.
func (p pair) gap() float64 { return math.Log(p.a.Median) - math.Log(p.b.Median) }

func (p pair) overlaps() bool { return p.a.Lo <= p.b.Hi && p.b.Lo <= p.a.Hi }

func common(a, b []Point) []pair {
	at := map[int]Point{}
	for _, p := range b {
		at[p.N] = p
	}
	var list []pair
	for _, p := range sorted(a) {
		if q, ok := at[p.N]; ok {
			list = append(list, pair{p, q})
		}
	}
	return list
}

func sorted(series []Point) []Point {
	s := append([]Point(nil), series...)
	sort.Slice(s, func(i, j int) bool { return s[i].N < s[j].N })
	return s
}
