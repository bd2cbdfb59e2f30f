package oracle

import "math"

// references are what the exponents of FAVOR+ are relative to. As the features themselves may
// be too small for a float32, a state holds sums of
//
//	exp(e_i(k_j) - c_i)    met by exp(e_i(q) + c_i - top)
//
// with a c_i for each feature, near the largest exponent of the keys that the row sees: at most
// headroom, in units of log2, below it; and top the largest of these exponents and that of
// eps. So
//
//   - a key's feature below 2^(headroom-126) of the largest of this feature, and a query's below
//     2^-126 of its largest, may be 0;
//   - the reference of a first state is its LogScale0;
//   - the references rise with their keys, and each rise rescales a row of the state, with all
//     keys before in it, by an exponential. Those of equal arguments are off by the same, and
//     may be so of all: they add up in full.
const headroom = 24

type references struct {
	largest []float64 // [M]: max_j e_i(k_j)
	rises   []float64 // [M]: how often it rises, from the next key on
	soFar   []float64 // [M]: the largest of the keys before
	query   []float64 // [M]: e_i(q) + max_j e_i(k_j) - top
	top     float64
}

func newReferences(q phi, keys []phi, state, eps float64) *references {
	m := len(q.exponents)
	r := &references{make([]float64, m), make([]float64, m), make([]float64, m), make([]float64, m), math.Inf(-1)}
	for i := range r.largest {
		r.largest[i], r.soFar[i] = state, state
		for _, k := range keys {
			if k.exponents[i] > r.largest[i] {
				r.largest[i] = k.exponents[i]
				r.rises[i]++
			}
		}
		r.query[i] = q.exponents[i] + r.largest[i]
		r.top = max(r.top, r.query[i])
	}
	r.top = max(r.top, math.Log(eps*float64(m)))
	for i := range r.query {
		r.query[i] -= r.top
	}
	return r
}

// take goes on to the next key.
func (r *references) take(k phi) {
	for i, e := range k.exponents {
		if e > r.soFar[i] {
			r.soFar[i] = e
			r.rises[i]--
		}
	}
}

// term returns what later rescalings make of the weight of key k, the last one taken, with the
// given shares of the features, and the part of it that may be lost.
func (r *references) term(shares []float64, k phi) (common, lost float64) {
	for i, f := range shares {
		common += exponential * f * r.rises[i]
		if r.lost(i, k.exponents[i]) {
			lost += f
		}
	}
	return common, lost
}

// lost reports whether a feature of the given exponent may be 0, or meet a query's that is.
func (r *references) lost(i int, exponent float64) bool {
	return exponent-r.largest[i] < lnFlushed+headroom*math.Ln2 || r.query[i] < lnFlushed
}

// unit is what a denormal of the sums is, over exp(top) of the weights.
func (r *references) unit(top float64) float64 {
	if math.IsInf(r.top, -1) {
		return 1 // no key
	}
	return min(1e60, math.Exp2(headroom)*math.Exp(r.top-top))
}
