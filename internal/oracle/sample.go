package oracle

import (
	"cmp"
	"math/rand/v2"
	"slices"

	"attnbench/attn"
)

// Bounds of the rows of recurrent rules, whose oracle updates the whole state at every key
// of a head: heads past the first recurrentHeads give rows among their first recurrentRows.
const (
	recurrentHeads = 64
	recurrentRows  = 1024
)

// Sample chooses query rows to check: at least n, and of every head of every batch entry
// at least one; all where there are no more. The heads take turns in a random order, and
// every other draw is an edge. The choice is a function of its arguments; seed decides
// which edge meets which head.
//
// One row of each head is affordable at any count of heads: to evaluate the row takes less
// time than to make the inputs of the head, as long as a key costs O(D). Recurrent rules,
// whose keys cost O(M·Dv), are bounded by recurrentHeads.
func Sample(p *attn.Problem, n int, seed uint64) []Row {
	heads := p.Batch * p.QHeads
	if n = max(n, heads); int64(heads)*int64(p.QLen) <= int64(n) {
		return allRows(p)
	}
	rng := rand.New(rand.NewPCG(seed, uint64(heads)*uint64(p.QLen)))
	order, edges := rng.Perm(heads), edgeRows(p.QLen)
	rng.Shuffle(len(edges), func(i, j int) { edges[i], edges[j] = edges[j], edges[i] })
	rows, seen := make([]Row, 0, n), map[Row]bool{}
	for draw, edge := 0, 0; len(rows) < n; draw++ {
		round, turn := len(rows)/heads, len(rows)%heads
		within := p.QLen
		if p.Rule.Kind == attn.Recurrent && turn >= recurrentHeads {
			within = min(within, max(recurrentRows, 2*n/heads))
		}
		at := rng.IntN(within)
		if (draw+round*(heads+1))%2 == 0 { // an even count of heads: not the same heads in every round
			at, edge = edges[edge%len(edges)]%within, edge+1
		}
		head := order[turn]
		if r := (Row{head / p.QHeads, head % p.QHeads, at}); !seen[r] {
			seen[r] = true
			rows = append(rows, r)
		}
	}
	slices.SortFunc(rows, func(x, y Row) int {
		return cmp.Or(cmp.Compare(x.B, y.B), cmp.Compare(x.H, y.H), cmp.Compare(x.I, y.I))
	})
	return rows
}

func allRows(p *attn.Problem) (rows []Row) {
	for b := range p.Batch {
		for h := range p.QHeads {
			for i := range p.QLen {
				rows = append(rows, Row{b, h, i})
			}
		}
	}
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
