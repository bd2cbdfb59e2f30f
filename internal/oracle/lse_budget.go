package oracle

import "math"

// logSum bounds what the rounding of scores makes of ln Σ_j exp(s_j). If score j is off by
// δ_j, |δ_j| <= b_j, and p_j are the weights, the log-sum-exp is off by
//
//	ln Σ_j p_j exp(δ_j) = Σ_j p_j δ_j + V/2
//
// V being a variance of δ_j, under weights between p_j and what they became: at most
// max b_j². The first term adds up as that of a mean does, independent roundings as squares.
// But nothing exceeds
//
//	ln Σ_j p_j exp(b_j) <= max b_j
//
// which is the smaller where scores round by more than 1. A rescaling is off like the scores
// before it.
type logSum struct {
	size     rounding // Σ p_j e_j
	most     float64  // max b_j
	ofTop    float64  // u·b_top
	rescaled float64  // of all so far
	top, sum float64  // Σ p_j exp(u·(b_j - rescaled)) = sum·exp(top)
}

// mayWeigh reports whether a key that is off by e may have a weight after all, though the
// logarithm of its own says no.
func (m *mean) mayWeigh(logarithm float64, e rounding) bool {
	return logarithm+u*e.bound()+m.logs.ofTop > -100
}

// addExp is add of a key whose weight p is an exponential, with its logarithm; e is what the
// argument rounds by. A score that is off by more than 1 leaves little of its weight to be
// relative to: the key may have any up to exp(b_j + b_top) times p, b_top being that of the
// largest score and of a rescaling to it.
func (m *mean) addExp(p, logarithm float64, e rounding, v []float32, flush float64) {
	m.add(p, e.exp(), v, flush)
	if p == 0 && !m.mayWeigh(logarithm, e) {
		return
	}
	if x := u*e.bound() + m.logs.ofTop; x > 1 {
		most := math.Exp(min(0, logarithm+x))
		for c := range m.columns {
			value := 0.0
			if v != nil {
				value = float64(v[c])
			}
			m.columns[c].flushed += most * math.Abs(value-m.columns[c].out)
		}
	}
	if at, ok := m.groupOf[p]; ok {
		g := &m.groups[at]
		g.scores = max(g.scores, e.square)
	}
	e.common += exponential
	l := &m.logs
	l.size.worst += p * e.worst
	l.size.square += p * p * e.square
	l.size.common += p * e.common
	bound := e.bound()
	l.most = max(l.most, bound)
	x := logarithm + u*(bound-l.rescaled)
	if l.sum == 0 || x > l.top {
		l.sum *= math.Exp(l.top - x)
		l.top = x
	}
	l.sum += math.Exp(x - l.top)
}

// lse is the bound of the error of ln(den), whose terms are relative to the exponential of top:
// beside that of the scores and the sum, 3 roundings at either and 3 of the logarithm.
func (m *mean) lse(lse, top float64) float64 {
	l := &m.logs
	e := l.size
	for _, g := range m.groups {
		e.square += g.scores * g.total * g.total
	}
	merges := m.merges
	merges.square *= m.alike
	scores := u*(e.bound()+merges.bound()) + sq(u*(l.most+l.rescaled))/2
	if l.sum > 0 {
		scores = min(scores, l.top+math.Log(l.sum)+u*l.rescaled)
	}
	sums := m.sum(m.steps(), m.squares+float64(m.rescales)) + m.lost
	return scores + u*(sums+3*math.Abs(lse)+3*math.Abs(top)+3) + m.flushed + m.underflow()
}
