package oracle

import "math"

// likeness finds the terms of a sum that round alike. What a partial sum loses when x is added
// depends on x modulo the unit in the last place of the sum, as all before is a multiple of
// that. So terms that lie nearer to each other than a part of the unit lose the same again and
// again: a group of g of them rounds by g, not by √g. With r_i the rounding of group i,
//
//	|Σ g_i r_i| <= λ·√(Σ g_i² r_i²) = λ·√(n·alike)·r    alike = Σ g_i² / n
//
// Terms that are too small to change the sum are near each other, too. Two terms count as near
// in the same or in adjacent intervals of u/4 of the largest partial sum. The intervals share
// a table of several entries for each term: what meets there by chance makes alike larger,
// never smaller, and by a tenth of the terms at most on average.
type likeness struct{ counts []uint16 }

const perTerm = 32 // entries of the table

// of is the mean size of the groups of alike terms of a sum whose partial sums are at most
// size. Terms of 0 round nothing. It never exceeds what makes the bound the worst case.
func (l *likeness) of(terms []float64, size float64) float64 {
	inverse := 4 / (u * size)
	if len(terms) < 2 || size == 0 {
		return 1
	}
	if !finite(inverse) || !finite(size) || len(terms) > math.MaxUint16 {
		return float64(len(terms))
	}
	table := 64
	for table < perTerm*len(terms) {
		table *= 2
	}
	if len(l.counts) < table {
		l.counts = make([]uint16, table)
	}
	counts, mask := l.counts[:table], uint(table-1)
	clear(counts)
	pairs, n := 0, 0
	for _, x := range terms {
		if x == 0 {
			continue
		}
		at := uint(int64(x * inverse))
		same := &counts[at&mask]
		pairs += 2*int(*same+counts[(at-1)&mask]+counts[(at+1)&mask]) + 1
		*same++
		n++
	}
	return float64(pairs) / float64(max(1, n))
}

// sharing is, for each number of a row, how many of the row are equal to it up to their sign:
// the product with a constant rounds them alike.
func sharing(row []float32) []float64 {
	groups, shared := make(map[float32]float64, len(row)), make([]float64, len(row))
	for _, x := range row {
		groups[max(x, -x)]++
	}
	for c, x := range row {
		shared[c] = max(1, groups[max(x, -x)])
	}
	return shared
}

// still is the part of a row of the state below which a term leaves its rounding as it was,
// under a decay by a.
func still(a float64) float64 {
	if a == 1 {
		return 8 * u
	}
	return max(8*u, u/(4*max(u, 1-a)))
}

// alikeDims is how many times as much dims that are alike count, with |x_i| times row i of the
// state. The sums over dims begin at numbers that over all columns sum to begin at most. What
// a token's dims lose alike is independent of other tokens, so that λ stays even where all
// dims are.
func (r *recurrence) alikeDims(x []float64, begin float64) float64 {
	size := begin
	for i, row := range r.s {
		sum := 0.0
		for _, y := range row {
			sum += math.Abs(y)
		}
		r.terms[i] = math.Abs(x[i]) * sum
		size += r.terms[i]
	}
	return r.likeness.of(r.terms, size)
}
