package oracle

import "math"

// How far a float32 result may be off. Budgets are in units of u, the unit roundoff: an
// operation on numbers in range returns x(1+d) with |d| <= u.
//
// Of n roundings of at most r each the sum is at most n·r. Of many it is far less: their
// signs cancel. Taken as independent and of mean 0, such a sum is a martingale, and
//
//	|Σ d_k| <= λ·√(Σ r_k²)
//
// but for a probability that falls as an exponential of λ² (Azuma's inequality; Higham and
// Mary 2019, theorem 3.1; Ipsen and Zhou 2020, corollary 4.4). Azuma's tail, 2·exp(-λ²/2), is
// that of roundings that are always ±r. A rounding to nearest is spread over -r to r, with a
// third of that variance, or half of it on a coarse grid, where results are exact or ties:
// the tail is 2·exp(-λ²), at λ = 5 less than 3e-11 a sum. Over two million rows of 64
// columns that is a chance of 1 in 300 that any is beyond its budget.
//
// So n roundings at r are bounded by min(n, λ√n)·r: the worst case up to 25 of them.
//
// Where roundings are not independent they are added up instead: those of one factor that
// many terms share, those of an exponential, which is a function of its argument, and those
// of terms that are alike or lost.
const lambda = 5

const (
	u        = 0x1p-24  // the unit roundoff of float32
	denormal = 0x1p-149 // the smallest float32: a result below 2^-126 is off by half of it
	flushed  = 0x1p-125 // a weight or a feature below that may be 0: exponents round
	maxFloat = math.MaxFloat32

	// exponential is what an exponential is off by, in units of u: 2 ULP.
	exponential = 4
)

// rounding is how far a number may be off, in units of u.
type rounding struct {
	worst  float64 // the sum of all independent roundings
	square float64 // the sum of their squares
	common float64 // the sum of those that are not independent
}

// at adds n independent roundings at the magnitude of x.
func (e *rounding) at(n int, x float64) {
	e.worst += float64(n) * math.Abs(x)
	e.square += float64(n) * x * x
}

// alike adds n roundings at the magnitude of x, in groups of a mean size in which they are the
// same.
func (e *rounding) alike(n int, size, x float64) {
	e.worst += float64(n) * math.Abs(x)
	e.square += float64(n) * size * x * x
}

// bound is the bound of all of them.
func (e rounding) bound() float64 {
	return min(e.worst, lambda*math.Sqrt(e.square)) + e.common
}

// times is e passed on by a slope.
func (e rounding) times(slope float64) rounding {
	return rounding{e.worst * slope, e.square * slope * slope, e.common * slope}
}

// exp is the relative rounding of an exponential whose argument rounds by e: for a small
// argument e itself, of first order; a larger one counts by exp(e) - 1.
func (e rounding) exp() rounding {
	x := u * e.bound()
	switch {
	case x < 1e-4:
		e = e.times(1 + x)
	case x < 32:
		e = e.times(math.Expm1(x) / x)
	default:
		e = e.times(math.Exp(32) / x) // no number is that far off: the range is the bound
	}
	e.common += exponential
	return e
}
