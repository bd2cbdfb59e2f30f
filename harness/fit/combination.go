package fit

import (
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/stat/distuv"
)

// confidence of all intervals, two-sided.
const confidence = 0.95

// estimate is a linear combination of the means of lengths.
type estimate struct {
	value, variance float64
	free            float64 // degrees of freedom of variance
}

// combine is the estimate with these weights.
func combine(s []length, weights []float64) estimate {
	var e estimate
	var free float64
	for i, l := range s {
		e.value += weights[i] * l.mean
		v := weights[i] * weights[i] * l.variance
		if e.variance += v; v > 0 {
			free += v * v / l.free
		}
	}
	if e.variance > 0 {
		e.free = e.variance * e.variance / free
	}
	return e
}

// half is half of the interval's length.
func (e estimate) half() float64 {
	if e.variance == 0 {
		return 0
	}
	return student(e.free).Quantile((1+confidence)/2) * math.Sqrt(e.variance)
}

// differs reports whether the true value differs from 0, at a two-sided level.
func (e estimate) differs(level float64) bool {
	if e.variance == 0 {
		return e.value != 0
	}
	return 2*student(e.free).Survival(math.Abs(e.value)/math.Sqrt(e.variance)) < level
}

func student(free float64) distuv.StudentsT { return distuv.StudentsT{Mu: 0, Sigma: 1, Nu: free} }

// apart is what of x no combination of the bases explains; the bases are orthogonal.
func apart(x []float64, bases ...[]float64) []float64 {
	r := append([]float64(nil), x...)
	for _, b := range bases {
		if n := floats.Dot(b, b); n > 0 {
			floats.AddScaled(r, -floats.Dot(r, b)/n, b)
		}
	}
	return r
}

// coefficient is the weights of a least-squares coefficient, of the regressor of which this
// is apart from all others.
func coefficient(apart []float64) []float64 {
	return floats.ScaleTo(make([]float64, len(apart)), 1/floats.Dot(apart, apart), apart)
}
