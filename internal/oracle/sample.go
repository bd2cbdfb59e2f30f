package oracle

import (
	"cmp"
	"math/rand/v2"
	"slices"

	"attnbench/attn"
)

// Sample chooses at most limit query rows to check: all where there are no more,
// else the first and last rows, rows beside tile edges, and random ones, spread
// over batch entries and heads. The choice is a function of its arguments.
func Sample(p *attn.Problem, limit int, seed uint64) []Row {
	total := int64(p.Batch) * int64(p.QHeads) * int64(p.QLen)
	var rows []Row
	if total <= int64(limit) {
		for b := range p.Batch {
			for h := range p.QHeads {
				for i := range p.QLen {
					rows = append(rows, Row{b, h, i})
				}
			}
		}
		return rows
	}
	rng := rand.New(rand.NewPCG(seed, uint64(total)))
	edges := edgeRows(p.QLen)
	heads := p.Batch * p.QHeads
	seen := map[Row]bool{}
	for n := 0; len(rows) < limit && n < 4*limit; n++ {
		// Even draws walk the edges, each in the next head; odd ones are random.
		at, head := rng.IntN(p.QLen), rng.IntN(heads)
		if n%2 == 0 {
			at, head = edges[n/2%len(edges)], n/2%heads
		}
		r := Row{head / p.QHeads, head % p.QHeads, at}
		if !seen[r] {
			seen[r] = true
			rows = append(rows, r)
		}
	}
	slices.SortFunc(rows, func(x, y Row) int {
		return cmp.Or(cmp.Compare(x.B, y.B), cmp.Compare(x.H, y.H), cmp.Compare(x.I, y.I))
	})
	return rows
}

// edgeRows are the rows where tiled methods go wrong first: the ends, and the
// neighbours of multiples of common tile sizes, near both ends and the middle.
func edgeRows(n int) []int {
	list := []int{0, n - 1}
	for _, tile := range []int{16, 24, 32, 64, 128, 256} {
		for _, at := range []int{tile, n / 2 / tile * tile, (n - 1) / tile * tile} {
			for _, i := range []int{at - 1, at} {
				if i >= 0 && i < n && !slices.Contains(list, i) {
					list = append(list, i)
				}
			}
		}
	}
	return list
}
