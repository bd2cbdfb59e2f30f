package oracle

import (
	"math"
	"slices"
)

// mean bounds the error of a row that is a mean of values under weights p_j, in columns c:
//
//	o_c = Σ_j p_j v_jc,  Σ_j p_j <= 1
//
// evaluated as num_c / den, sums over j of w_j v_jc and w_j with w_j = p_j·den. Its parts, in
// units of u:
//
// Weights. One that is off by e_j moves the mean by p_j·(v_jc - o_c)·e_j. Independent
// roundings add as squares; those of keys that weigh alike are equal, and add up first.
//
// Sums. A sum over keys, one after the other or in blocks and partial results that are
// merged, rounds at partial sums, each of a run of keys: num_c at differences of two prefix
// sums F_c(k) = Σ_{j<=k} p_j v_jc, den at most at P(k) = Σ_{j<=k} p_j. With s_kc the largest
// difference that ends at k, and products that are not fused, the squares are
//
//	Σ_k (s_kc² + (p_k v_kc)²) + o_c²·Σ_k P(k)²
//
// Terms that are alike round alike. So a group of g equal weights counts g² roundings
// instead of g; all together count no more than the worst case.
//
// Lost terms. A term that is small beside the sum so far may be lost whole, and all of them in
// the same direction: at most u of the sum each.
//
// Rescaling: see rescaling.
//
// Division. The reciprocal, the product and the result are 3 roundings at o_c.
//
// Underflow. A weight that may be flushed to 0 moves the mean by p_j·|v_jc - o_c|; for products
// and sums below 2^-126 see underflow.
//
// A mean lies in the range of its values, 0 included where the weights sum to less than 1.
// So no budget exceeds the range, and nothing may lie outside of it, by more than the sums
// and the division round.
type mean struct {
	columns []column
	keys    int
	prefix  float64 // P(k)
	squares float64 // Σ P(k)²
	lost    float64
	flushed float64

	weights  rounding // of den: Σ p_j e_j
	heaviest float64  // max p_j
	surest   float64  // e_j of that
	merges   rounding // of den: what rescalings make of it
	apart    float64  // and of the weights before them beside those after
	rescales int
	begun    float64 // P(k) where the run of keys began
	state    stateSums
	den      float64 // in units of the largest weight
	length   float64 // l, of a query that meets a state
	logs     logSum

	alike   float64         // mean size of the group of equal weights that a key is in
	groups  []group         // of two keys and more
	groupOf map[float64]int // by weight
}

// group is what keys of one weight add up.
type group struct {
	square float64 // the largest of their roundings, squared
	scores float64 // and of those of their scores
	total  float64
	away   []float64 // [Dv]
}

// stateSums are what the sums of a linear rule round by that go through its state, as squares.
// Softmax has none.
type stateSums struct {
	steps int
	num   []float64 // [Dv]
	den   float64
}

// column is what column c of the values adds up.
type column struct {
	out, min, max           float64
	sum, sumLow, sumHigh    float64 // F_c(k), and its range so far
	away, awayLow, awayHigh float64 // Σ_{j<=k} p_j·(v_jc - o_c), and its range so far
	begun                   float64 // that sum where the run of keys began
	squares                 float64 // Σ s_kc² + (p_k v_kc)²
	worst, square, common   float64 // of the weights
	lost, flushed           float64
}

// newMean begins the bound of a row under the given weights.
func newMean(out, weights []float64) *mean {
	m := &mean{columns: make([]column, len(out)), alike: 1, den: 1}
	for c, o := range out {
		m.columns[c] = column{out: o, min: math.Inf(1), max: math.Inf(-1)}
	}
	m.findAlike(weights)
	return m
}

// findAlike finds groups of equal weights, and of those so near that a sum over all keys
// rounds them alike: nearer than a fraction of u times the keys.
func (m *mean) findAlike(weights []float64) {
	sorted := make([]float64, 0, len(weights))
	for _, p := range weights {
		if p = math.Abs(p); p >= 8*u {
			sorted = append(sorted, p)
		}
	}
	slices.Sort(sorted)
	near := 1 + u*float64(len(weights))/4
	pairs := 0.0
	for i := 0; i < len(sorted); {
		n := i + 1
		for n < len(sorted) && sorted[n] <= sorted[i]*near {
			if p := sorted[n]; p == sorted[n-1] && (n < 2 || n-1 == i || p != sorted[n-2]) {
				if m.groupOf == nil {
					m.groupOf = map[float64]int{}
				}
				m.groupOf[p] = len(m.groups)
				m.groups = append(m.groups, group{away: make([]float64, len(m.columns))})
			}
			n++
		}
		pairs += float64(n-i) * float64(n-i)
		i = n
	}
	if len(sorted) > 0 {
		m.alike = pairs / float64(len(sorted))
	}
}

// see takes the values of a visible key into the range.
func (m *mean) see(v []float32) {
	for c, x := range v {
		k := &m.columns[c]
		k.min, k.max = min(k.min, float64(x)), max(k.max, float64(x))
	}
}

// add takes the next key, of weight p that is off by e and may lose flush of it. A nil v is 0.
func (m *mean) add(p float64, e rounding, v []float32, flush float64) {
	m.keys++
	m.prefix += p
	m.squares += m.prefix * m.prefix
	size := math.Abs(p) // a first state may make all weights negative
	m.weights.worst += size * e.worst
	m.weights.square += p * p * e.square
	m.weights.common += size * e.common
	if size < 8*u {
		m.lost += min(size, u) / u
	}
	m.flushed += flush
	if size > m.heaviest {
		m.heaviest, m.surest = size, e.bound()
	}
	var g *group
	if at, ok := m.groupOf[size]; ok {
		g = &m.groups[at]
		g.total += size
		g.square = max(g.square, e.square)
	}
	columns := m.columns
	for c := range columns {
		k, x := &columns[c], 0.0
		if v != nil {
			x = float64(v[c])
		}
		term, away := p*x, p*(x-k.out)
		k.sum += term
		k.sumLow, k.sumHigh = min(k.sumLow, k.sum), max(k.sumHigh, k.sum)
		k.away += away
		k.awayLow, k.awayHigh = min(k.awayLow, k.away), max(k.awayHigh, k.away)
		s := max(k.sum-k.sumLow, k.sumHigh-k.sum)
		k.squares += s*s + term*term
		k.square += away * away * e.square
		if g != nil {
			g.away[c] += away
		}
		away = math.Abs(away)
		k.worst += away * e.worst
		k.common += away * e.common
		if small := math.Abs(term); small < 8*u*math.Abs(k.sum) {
			k.lost += min(small/u, math.Abs(k.sum))
		}
		if flush != 0 {
			k.flushed += flush * math.Abs(x-k.out)
		}
	}
}

// grow is the second order: what weights that are far off leave of their sum, beside what all
// have in common with the heaviest.
func (m *mean) grow() float64 {
	apart := m.weightRounding() + (1-2*m.heaviest)*m.surest + m.apart
	return math.Exp(min(32, u*max(0, apart)))
}

// weightRounding is the bound of the relative error of den by those of its terms.
func (m *mean) weightRounding() float64 {
	e := m.weights
	for _, g := range m.groups {
		e.square += g.square * g.total * g.total
	}
	return e.bound()
}

// steps counts the roundings of a sum over the keys.
func (m *mean) steps() int { return m.keys + m.rescales + m.state.steps }

// sum is the bound of n roundings whose squares add up to squares.
func (m *mean) sum(n int, squares float64) float64 {
	return math.Sqrt(squares * min(lambda*lambda*m.alike, float64(n)))
}

// budget is the bound of column c.
func (m *mean) budget(c int) float64 {
	k, o := &m.columns[c], math.Abs(m.columns[c].out)
	high := max(k.sumHigh-k.sumLow, o)
	num := k.squares + float64(m.rescales)*high*high
	den := o * o * (m.squares + float64(m.rescales) + m.state.den)
	if m.state.num != nil {
		num += m.state.num[c]
	}
	sums := m.sum(2*m.steps(), num) + m.sum(m.steps(), den)
	square := k.square
	for _, g := range m.groups {
		square += g.square * g.away[c] * g.away[c]
	}
	independent := min(lambda*math.Sqrt(square+m.alike*(num+den)),
		sums+min(k.worst, lambda*math.Sqrt(square)))
	lost := k.lost + o*m.lost
	return (u*(independent+k.common+lost+3*o) + k.flushed + m.lostBelow(o)) * m.grow()
}

// slack is the bound of the rounding of a mean whose values are all alike, relative to them:
// sums at partial sums of at most 1, and the division.
func (m *mean) slack() float64 {
	n := float64(m.steps())
	return u * (m.sum(2*m.steps(), 2*n) + m.sum(m.steps(), n) + 2*m.lost + 4)
}

// allow gives e its budgets. An output that must be a mean, with 0 among its values where
// zero is set, has its range; any other has none.
func (m *mean) allow(e *Expected, isMean, zero bool) {
	e.Budget = make([]float64, len(m.columns))
	if isMean {
		e.Range = make([]Range, len(m.columns))
	}
	for c := range m.columns {
		k := &m.columns[c]
		if !finite(k.out) {
			continue
		}
		if zero {
			k.min, k.max = min(k.min, 0), max(k.max, 0)
		}
		bound := m.budget(c)
		if isMean {
			e.Range[c] = Range{Min: math.Inf(-1), Max: math.Inf(1)}
		}
		if isMean && finite(k.max-k.min) {
			e.Range[c] = Range{k.min, k.max, m.slack(), m.excess(max(math.Abs(k.min), math.Abs(k.max)))}
			if width := e.Range[c].width(); !(bound < width) {
				bound = width
			}
		}
		e.Budget[c] = larger(0, bound)
	}
}
