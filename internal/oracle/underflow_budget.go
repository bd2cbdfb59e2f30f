package oracle

// underflow is r, of a mean num/den: products and sums below 2^-126 are off by half a denormal
// each. So are n of num and of den, each times l in a state that meets a query of length l.
// Together they are off by half of
//
//	n·(1 + l)·denormal/den =: r
//
// or less, and while r <= 1, so that half of den is left, the mean is off by r·(1 + |v|).
func (m *mean) underflow() float64 {
	return float64(2*m.steps()+4)*denormal*(1+m.length)/m.den + denormal
}

// lostBelow is the most that underflow moves a quotient of magnitude x: with n·(1 + l)/2 denormals
// off either sum, and den one denormal at least.
func (m *mean) lostBelow(x float64) float64 {
	if r := m.underflow(); r <= 1 {
		return r * (1 + x)
	}
	return float64(m.steps()+2) * (1 + m.length) * (1 + x)
}

// excess is the most that underflow moves a mean beyond values of magnitude x, however small
// den is. If all of den is lost the result is 0. If not, it is one denormal at least. Products
// of a value with a computed weight, or a computed feature, are off by half a denormal where
// the latter is one at least, so by half of den in all. Beside them M terms of either sum are
// off by half a denormal each. So, in denormals,
//
//	num <= x·(den + M/2) + (den + M/2)/2 + M/2    den >= 1
//
// and num/den is beyond x by (M·(x + 3/2) + 1)/2 or less.
func (m *mean) excess(x float64) float64 {
	most := (float64(m.state.steps+m.rescales+1)*(x+1.5) + 1) / 2
	if r := m.underflow(); r <= 1 {
		return min(most, r*(1+x))
	}
	return most
}
