package oracle

import "math"

// rescaling is what a factor for all keys so far, or for those of the run, is off by, in units
// of u. Where the maximum rises, all before is multiplied by exp(old - new), off by an
// exponential and by the rounding of a maximum; so is a partial result that is merged. It moves
// the mean by a prefix sum of p_j·(v_jc - o_c) times that, or by one over a run of keys.
//
// Maxima round independently. An exponential is a function of its argument: equal arguments
// are off by the same, as is every argument under an exponential that is always too large. So
// these add up in full, each times the prefix sum that it meets.
type rescaling struct {
	exponential float64 // the same every time
	independent float64
	ofRun       bool
}

// beginRun begins a run of keys that may be a partial result.
func (m *mean) beginRun() {
	m.begun = m.prefix
	for c := range m.columns {
		m.columns[c].begun = m.columns[c].away
	}
}

// rescaled takes a rescaling of all before.
func (m *mean) rescaled(r rescaling) {
	m.rescales++
	before, whole := m.prefix, r.exponential+r.independent
	if m.logs.sum > 0 {
		m.logs.rescaled += whole
	}
	if before == 0 {
		return // nothing yet has a weight
	}
	if r.ofRun {
		before -= m.begun
	}
	m.merges.at(1, before*r.independent)
	m.merges.common += before * r.exponential
	m.apart += m.prefix * max(0, 1-m.prefix) * whole
	for c := range m.columns {
		k := &m.columns[c]
		shift, away := (k.awayHigh-k.awayLow)*r.independent, math.Abs(k.away-k.begun)
		if !r.ofRun {
			away = max(away, math.Abs(k.away))
		}
		k.worst += shift
		k.square += shift * shift
		k.common += away * r.exponential
	}
}
