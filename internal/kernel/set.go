// Package kernel holds the float32 micro-kernels under the variants. A Set is a
// table of functions for one instruction set; generic, in plain Go, is the
// reference that every other set must agree with. A Plan chooses its set once.
//
// All kernels of the softmax family work on transposed panels: Lanes query rows
// lie side by side, so that the scores of one key against all queries of the
// panel are one contiguous row, the running maximum and sum are elementwise, and
// no kernel ever reduces horizontally. With L = Lanes:
//
//	Qᵀ [D, L]   Sᵀ, Pᵀ [keys, L]   Oᵀ [Dv, L]   m, l, alpha [L]
//
// K and V are read in place, row-major with a free row stride. Scores are in
// natural units, and Softmax alone multiplies by log2(e), after it has subtracted the maximum.
//
// Kernels check the bounds of their slices and nothing else. None runs longer
// than some 100 µs at the sizes that the variants ask for, as assembly cannot be
// preempted.
package kernel

// Set is the micro-kernels of one instruction set.
type Set struct {
	Name  string // as Options.ISA and records spell it
	Lanes int    // L, query rows of a panel, a multiple of Width
	Width int    // float32s of a vector

	// Matmul is the one matrix product: C[i, r] = Σ_k A[i, k]·B[k, r]. Where alpha is not
	// nil it then adds alpha[r] times the old C[i, r]. A call sums its own products
	// first: over n calls of depth k the error grows with n + k, not with n·k. C [rows, cols]
	// and B [depth, cols] have row strides ldc and ldb; element (i, k) of A is
	// a[i·ars + k·aks]. C and alpha are scratch up to the next multiple of Width past cols.
	Matmul func(c []float32, ldc int, a []float32, ars, aks int, b []float32, ldb, rows, depth, cols int, alpha []float32, prefetch Prefetch)

	// Pack transposes rows of length d: dst[c·L+r] = scale·src[r·ld+c] for
	// r < rows, and 0 for the lanes past them. dst [d, L].
	Pack func(dst, src []float32, ld, rows, d int, scale float32)

	// Mask overwrites the invisible cells of s [keys, L] with -Inf: bit r of vis[j] is
	// lane r and key j. It selects and does not add, as an invisible cell may be NaN.
	Mask func(s []float32, vis []uint32, keys int)

	// Softmax is one step of the online softmax (Milakov and Gimelshein 2018,
	// algorithm 3) over s [keys, L]: m' = max(m, max_j s_j); alpha = e^(m-m');
	// s_j = e^(s_j-m'); l = l·alpha + Σ_j s_j; m = m'. While a lane has seen only
	// -Inf its m stays -Inf and its s and alpha become 0. Weights below 2^-126
	// may be 0.
	Softmax func(s, m, l, alpha []float32, keys int)

	// Softcap caps scores: s = softcap·tanh(s/softcap). s [keys, L].
	Softcap func(s []float32, keys int, softcap float32)

	// ALiBi subtracts slope·|distance + r - j| from s[j·L+r], where distance is the position
	// of lane 0 less that of key 0 (Press et al. 2022, section 3). s [keys, L].
	ALiBi func(s []float32, keys int, distance, slope float32)

	// Bias adds bias to s, both [keys, L]. Where bias is -Inf s becomes -Inf, even from NaN.
	// The sum of finite ones is finite: past the range of float32 it is the end of it.
	Bias func(s, bias []float32, keys int)

	// Unpack transposes back: dst[r·ld+c] = o[c·L+r]·factor[r] for r < rows. A
	// factor of 0 stores 0 whatever o holds. dst [rows, dv].
	Unpack func(dst []float32, ld int, o, factor []float32, rows, dv int)

	// Finite reports whether x [rows, cols], of row stride ld, holds neither NaN
	// nor Inf.
	Finite func(x []float32, ld, rows, cols int) bool

	// EluPlus1 writes x > 0 ? x+1 : exp(x) of src to dst, which have one length.
	EluPlus1 func(dst, src []float32)

	// ScaledExp replaces every element of x by factor·exp(scale·x + shift), down to the
	// smallest denormal.
	ScaledExp func(x []float32, scale, shift, factor float32)

	// Normalise adds key features to their running sum and computes denominators, token by
	// token: z += k[t], den[t] = Σ_i q[t, i]·z[i]. q and k [tokens, m] have row stride ld;
	// m is a multiple of Width (pad with zeros).
	Normalise func(den, z, q, k []float32, ld, m, tokens int)

	// Recur is the recurrence of linear attention over tokens: first
	// S[i, c] = a[t, i]·S[i, c] + k[t, i]·v[t, c], then out[t, c] = factor[t]·Σ_i q[t, i]·S[i, c]
	// of each query head. The bits of a head are the same whatever heads it shares S with.
	Recur func(Recurrence)

	// Gate scales the rows of a chunk of tokens by their decays: with C_t the product
	// of the decays up to token t and E_t that of those past it, Qd = Scale·C∘Q,
	// Kd = C∘K, Ke = E∘K and Total is C of the last token.
	Gate func(Gated)

	// DecayDots multiplies each key of a chunk, which decays on its way, with its own row
	// and those after it: with D_ts the product of the decays from s+1 to t and s <= t,
	// DQ[t, s] = Scale·Q[t]·(D_ts∘K[s]) and DK[t, s] = K[t]·(D_ts∘K[s]).
	DecayDots func(Gated)

	// Solve is the forward substitution of delta rules, over columns c < cols:
	// u[t, c] = beta[t]·(v[t, c] - w[t, c] - Σ_{s<t} r[t, s]·u[s, c]).
	Solve func(u, w, v, r, beta []float32, ldu, ldw, ldv, ldr, tokens, cols int)

	// ScaleRows multiplies row i of s [rows, cols] by f[i]; cols is a multiple of Width.
	ScaleRows func(s, f []float32, ld, rows, cols int)

	// Dots computes the scores of a few query rows: s[r, j] = Σ_c q[r, c]·k[j, c].
	// Rows of q [heads, d] go on with zeros up to a multiple of Width, and those of s
	// [heads, keys] may be overwritten up to a multiple of four. k [keys, d] is read
	// once, front to back. All have row strides.
	Dots func(s []float32, lds int, q []float32, ldq int, k []float32, ldk, heads, keys, d int)

	// WeightedSum adds up values under a few rows of weights: o[r, c] = alpha[r]·o[r, c] +
	// Σ_j p[r, j]·v[j, c], the sum formed first. Rows of o [heads, dv] may be
	// overwritten up to a multiple of Width. p [heads, keys], v [keys, dv] is read once,
	// front to back; sums is scratch for heads rows of whole vectors.
	WeightedSum func(o []float32, ldo int, sums, alpha, p []float32, ldp int, v []float32, ldv, heads, keys, dv int)

	// Max returns the largest of floor and the elements of x. NaN ranks below every number.
	Max func(x []float32, floor float32) float32

	// Peak runs rounds of independent multiply-adds in registers and returns their FLOPs.
	Peak func(rounds int) int64

	// Sum reads x once, front to back, and returns the sum of its elements.
	Sum func(x []float32) float32
}

// QK computes the scores s[j·L+r] = Σ_c k[j·ldk+c]·qt[c·L+r] of the first lanes of
// a panel, a multiple of Width. s [keys, L], qt [d, L], k [keys, d].
func (set *Set) QK(s, qt, k []float32, ldk, keys, d, lanes int, prefetch Prefetch) {
	set.Matmul(s, set.Lanes, k, ldk, 1, qt, set.Lanes, keys, d, lanes, nil, prefetch)
}

// PV computes o[c·L+r] = alpha[r]·o[c·L+r] + Σ_j p[j·L+r]·v[j·ldv+c] for the first
// lanes of a panel, a multiple of Width. o [dv, L], p [keys, L], v [keys, dv],
// alpha [L].
func (set *Set) PV(o, alpha, p, v []float32, ldv, keys, dv, lanes int, prefetch Prefetch) {
	set.Matmul(o, set.Lanes, v, 1, ldv, p, set.Lanes, dv, keys, lanes, alpha, prefetch)
}

// RoundUp rounds n up to a multiple of to.
func RoundUp(n, to int) int { return (n + to - 1) / to * to }
