package linear

import (
	"math"
	"slices"

	"attnbench/attn"
	"attnbench/internal/kernel"
)

// FAVOR+ (Choromanski et al. 2021, equation 5) has the features phi_i(x) = exp(e_i(x))/√M,
// e_i(x) = w_i·x' - |x'|²/2 and x' = x·√scale. Long queries and keys make them too small for a
// float32, where the quotient of their sums is a plain number. So, as the online softmax
// subtracts a running maximum, a state keeps a reference c_i of each feature:
//
//	key     f_i = 2^-h·exp(e_i(k) - c_i)
//	query   g_i = exp(w_i·q' + c_i - top)    top = max_i(w_i·q' + c_i)
//
//	Σ_j phi(q)·phi(k_j) = 2^h/M·exp(top - |q'|²/2)·Σ_j g·f_j
//
// The factor is that of numerator and denominator alike and cancels; eps is divided by it.
// c_i is the exponent of a key that the state has taken, common to all of its keys. So the
// feature of the top adds at least 2^-h to the denominator. A key of f_i > 1 for any i raises
// the references, and the state is rescaled: h leaves room, so that this is rare.
//
// The reference is kept as w_i·k' of the key that raised it, less offset = |k'|²/2, as the
// difference of two large numbers would round: c_i = ref_i - offset.
const (
	headroom = 23
	lowest   = -math.MaxFloat32 // ref_i before the first key
)

// favorState is what a state keeps beside S and z.
type favorState struct {
	ref    []float32 // [ldm]
	offset []float32 // [1]
	minus  []float32 // [ldm], scratch: -1
	eps    []float32 // [T], scratch: what is added to the denominators
}

// empty makes the references those of no key.
func (f *favorState) empty() {
	for i := range f.ref {
		f.ref[i] = lowest
	}
	clear(f.offset)
}

// favorKeys writes the features of the next keys to st.k, and returns how many of at most n keys
// may join the state under one reference: all, or those before a key that raises it.
func (x features) favorKeys(st *state, a *attn.Args, n int) int {
	for raised := false; ; raised = true {
		x.project(st, st.k, a.K, st.b, st.g, st.taken, n, st.favor.minus)
		for r := range n {
			phi := st.k[r*x.ldm : (r+1)*x.ldm]
			x.set.ScaledExp(phi[:x.m], 1, st.favor.offset[0]-x.halfSquare(a.K.Row(st.b, st.g, st.taken+r)), 1./(1<<headroom))
			clear(phi[x.m:])
		}
		if raised {
			copy(st.k[:x.m], st.q)
		}
		if x.set.Max(st.k[:n*x.ldm], 0) <= 1 {
			return n
		}
		r := 0
		for x.set.Max(st.k[r*x.ldm:(r+1)*x.ldm], 0) <= 1 {
			r++
		}
		if r > 0 || raised {
			return max(1, r)
		}
		x.raise(st, a)
	}
}

// favorQueries writes the features of query rows to dst [n, ldm], and what replaces eps beside
// them. Where eps outweighs all else its logarithm is the top.
func (x features) favorQueries(st *state, dst, eps []float32, a *attn.Args, h, row, n int) {
	x.project(st, dst, a.Q, st.b, h, row, n, st.one)
	for r := range n {
		phi := dst[r*x.ldm : (r+1)*x.ldm]
		top := x.set.Max(phi[:x.m], float32(math.Inf(-1)))
		if x.p.Rule.Eps > 0 {
			square := float64(x.halfSquare(a.Q.Row(st.b, h, row+r))) + float64(st.favor.offset[0])
			log := float32(square + math.Log(float64(x.p.Rule.Eps)*float64(x.m)))
			eps[r] = 1. / (1 << headroom)
			if top > log {
				eps[r] *= float32(math.Exp(float64(log) - float64(top)))
			} else {
				top = log
			}
		} else if math.IsInf(float64(top), -1) {
			top = 0 // no feature at all, or NaN
		}
		x.set.ScaledExp(phi[:x.m], 1, -top, 1)
		clear(phi[x.m:])
	}
}

// project writes w·x' plus sign times the references of rows i .. i+n-1 of t to dst [n, ldm].
func (x features) project(st *state, dst []float32, t attn.Tensor, b, h, i, n int, sign []float32) {
	filled := copy(dst, st.favor.ref)
	for filled < n*x.ldm {
		filled += copy(dst[filled:n*x.ldm], dst[:filled])
	}
	x.set.Matmul(dst, x.ldm, t.From(b, h, i), t.Stride[2], 1, st.projection, x.ldm, n, x.p.HeadDim, x.m, sign, kernel.Prefetch{})
}

// halfSquare is |x'|²/2.
func (x features) halfSquare(row []float32) float32 {
	var s0, s1, s2, s3 float32 // four sums that do not wait for one another
	c := 0
	for ; c+4 <= len(row); c += 4 {
		y := (*[4]float32)(row[c:])
		s0, s1, s2, s3 = s0+y[0]*y[0], s1+y[1]*y[1], s2+y[2]*y[2], s3+y[3]*y[3]
	}
	for _, y := range row[c:] {
		s0 += y * y
	}
	return ((s0 + s2) + (s1 + s3)) * (x.root * x.root / 2)
}

// raise lifts the references to the exponents of the next key where these are larger, rescales
// the state, and leaves the features of the key in st.q: at a large |x'|² a reference holds the
// exponent that it stands for only roughly, and no f_i may be more than that of the key that
// raised it.
//
// The offset is that of the largest exponent, so that the references that matter stay small:
// |k'|²/2 of the key, or what it was, which may be that of a first state of any LogScale0.
func (x features) raise(st *state, a *attn.Args) {
	f, e, factor := &st.favor, st.k[:x.ldm], st.q[:x.ldm]
	x.set.Matmul(e, x.ldm, a.K.From(st.b, st.g, st.taken), a.K.Stride[2], 1, st.projection, x.ldm, 1, x.p.HeadDim, x.m, nil, kernel.Prefetch{})
	offset := x.halfSquare(a.K.Row(st.b, st.g, st.taken))
	moved := float64(offset) - float64(f.offset[0]) // of the exponents, the references; the others -moved
	top := x.set.Max(f.ref[:x.m], lowest)
	ofRefs, ofKey := moved, 0.
	if top > lowest && !(float64(x.set.Max(e[:x.m], lowest)) > float64(top)+moved) {
		ofRefs, ofKey = 0, -moved
	} else {
		f.offset[0] = offset
	}
	for i, ref := range f.ref[:x.m] {
		before, key := float64(ref)+ofRefs, float64(e[i])+ofKey
		switch {
		case ref == lowest:
			f.ref[i], factor[i], e[i] = max(float32(key), lowest), 0, 1
		case key > before:
			f.ref[i], factor[i], e[i] = float32(key), float32(math.Exp(before-key)), 1
		default:
			f.ref[i] = float32(before)
			e[i] = float32(math.Exp(key - before))
			factor[i] = float32(math.Exp(remainder(before, f.ref[i])))
		}
	}
	clear(factor[x.m:])
	x.set.ScaleRows(st.s, factor, x.ldv, x.m, x.ldv)
	for i, y := range factor {
		st.z[i] *= y
	}
	for i, y := range e[:x.m] {
		factor[i] = y / (1 << headroom)
	}
}

// remainder is what an exponent is above its rounding, or 0 where that is so coarse that no
// float32 holds the exponential: then it is one more rounding of the exponent.
func remainder(exponent float64, rounded float32) float64 {
	if d := exponent - float64(rounded); math.Abs(d) <= 32 {
		return d
	}
	return 0
}

// favorLoad turns entry b of the sums Σ phi·e^-c of a first state into those of f. The
// reference of a feature is the logarithm of its sum, as if one key had left it, and c the
// offset. A feature that no key had keeps no reference.
func (x features) favorLoad(st *state, a *attn.Args, b int) {
	root := math.Log(float64(x.m)) / 2
	for i, z := range a.Norm0.Row(b, st.g, 0) {
		row, log := a.State0.Row(b, st.g, i), root
		switch {
		case z > 0 && z <= math.MaxFloat32:
			log += math.Log(float64(z))
		case z == 0 && !slices.ContainsFunc(row, func(s float32) bool { return s != 0 }):
			continue
		}
		if a.LogScale0 != nil {
			st.favor.offset[0] = -a.LogScale0[b*x.p.KVHeads+st.g]
		}
		ref := float32(log)
		factor := float32(math.Exp(root-float64(ref)) / (1 << headroom))
		st.favor.ref[i], st.z[i] = ref, z*factor
		for j, s := range row {
			st.s[i*x.ldv+j] = s * factor
		}
	}
}

// favorStore writes the sums of f to entry b of a last state as Σ phi·e^-c. c is the largest
// of the references, or 0 where Args have no room for it. A feature whose sum is 0 beside that,
// below about e^-103 of the largest, leaves nothing: one c is not enough for it.
func (x features) favorStore(st *state, a *attn.Args, b int) {
	offset := float64(st.favor.offset[0])
	var c float64
	if a.LogScaleN != nil {
		var largest float32
		if top := x.set.Max(st.favor.ref[:x.m], lowest); top > lowest {
			exponent := float64(top) - offset
			largest = float32(exponent)
			c = exponent - remainder(exponent, largest)
		}
		a.LogScaleN[b*x.p.KVHeads+st.g] = largest
	}
	norm := a.NormN.Row(b, st.g, 0)
	for i, ref := range st.favor.ref[:x.m] {
		factor := float32(math.Exp(float64(ref)-offset-c) * (1 << headroom) / math.Sqrt(float64(x.m)))
		norm[i] = st.z[i] * factor
		sums := a.StateN.Row(b, st.g, i)
		if norm[i] == 0 {
			clear(sums)
			continue
		}
		for j := range sums {
			sums[j] = st.s[i*x.ldv+j] * factor
		}
	}
}
