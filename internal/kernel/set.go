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
// units of log2: the caller folds log2(e) into the scale, so exp is exp2.
//
// Kernels do not check their arguments: slices must cover the shapes given.
package kernel

import (
	"errors"
	"fmt"
	"slices"
)

// Set is the micro-kernels of one instruction set.
type Set struct {
	Name  string // as Options.ISA and records spell it
	Lanes int    // L, query rows of a panel

	// Pack transposes rows of length d: dst[c·L+r] = scale·src[r·ld+c] for
	// r < rows, and 0 for the lanes past them. dst [d, L].
	Pack func(dst, src []float32, ld, rows, d int, scale float32)

	// QK computes s[j·L+r] = Σ_c k[j·ldk+c]·qt[c·L+r]. s [keys, L], qt [d, L], k [keys, d].
	QK func(s, qt, k []float32, ldk, keys, d int)

	// Softmax is one step of the online softmax (Milakov and Gimelshein 2018,
	// algorithm 3) over s [keys, L]: m' = max(m, max_j s_j); alpha = 2^(m-m');
	// s_j = 2^(s_j-m'); l = l·alpha + Σ_j s_j; m = m'. While a lane has seen only
	// -Inf its m stays -Inf, its s become 0 and its alpha 1.
	Softmax func(s, m, l, alpha []float32, keys int)

	// PV computes o[c·L+r] = alpha[r]·o[c·L+r] + Σ_j p[j·L+r]·v[j·ldv+c], the sum
	// formed first: its error grows with the block and the number of blocks, not
	// with their product. o [dv, L], p [keys, L], v [keys, dv], alpha [L].
	PV func(o, alpha, p, v []float32, ldv, keys, dv int)

	// Unpack transposes back: dst[r·ld+c] = o[c·L+r]·factor[r] for r < rows. A
	// factor of 0 stores 0 whatever o holds. dst [rows, dv].
	Unpack func(dst []float32, ld int, o, factor []float32, rows, dv int)

	// EluPlus1 writes x > 0 ? x+1 : exp(x) of src to dst, which have one length.
	EluPlus1 func(dst, src []float32)

	// Outer adds outer products: state[i·dv+c] += Σ_r k[r·ldk+i]·v[r·ldv+c], the
	// sum over r formed first. state [m, dv], k [rows, m], v [rows, dv].
	Outer func(state, k []float32, ldk int, v []float32, ldv, rows, m, dv int)

	// Read computes o[c] = Σ_i q[i]·state[i·dv+c]. o [dv], q [m], state [m, dv].
	Read func(o, q, state []float32, m, dv int)
}

// sets lists the sets that this machine can run, best first.
var sets = []*Set{&generic}

// Names lists the sets that this machine can run, best first.
func Names() []string {
	names := make([]string, len(sets))
	for i, s := range sets {
		names[i] = s.Name
	}
	return names
}

// Find returns the set called name, or the best one where name is empty. A set
// that this machine or binary lacks is an error that wraps errors.ErrUnsupported.
func Find(name string) (*Set, error) {
	if name == "" {
		return sets[0], nil
	}
	if i := slices.IndexFunc(sets, func(s *Set) bool { return s.Name == name }); i >= 0 {
		return sets[i], nil
	}
	return nil, fmt.Errorf("kernel set %q: this machine runs %v: %w", name, Names(), errors.ErrUnsupported)
}
