package fit

import (
	"math"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"
)

// Growth is a power law Median = c·N^Exponent, fitted on the lengths From to To.
type Growth struct {
	Exponent float64
	Lo, Hi   float64 // 95 % interval of the exponent
	From, To int     // tokens
}

// Lengths of the tail that Grow fits. At small N fixed costs hide the growth, so the tail
// is short. Four points leave two degrees of freedom, at which Student's t is wide.
const (
	minPoints = 3
	maxPoints = 4
)

// Grow fits the power law by least squares of log Median on log N over the
// largest lengths, at most four of them. The interval is Student's t on the
// residuals: it shows how straight the tail is, not how noisy the machine is. Not ok
// with fewer than three lengths.
func Grow(series []Point) (g Growth, ok bool) {
	s := byLength(series)
	if len(s) < minPoints {
		return g, false
	}
	s = s[max(0, len(s)-maxPoints):]
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
