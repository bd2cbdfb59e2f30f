package splitkv

import (
	"math"

	"attnbench/internal/kernel"
	"attnbench/internal/par"
	"attnbench/internal/tile"
)

// Assembly cannot be preempted: each call takes a bounded number of keys.
const (
	// sumKeys is how many values are summed before their sum joins the others: a split has 16
	// sums of 256 values, so that both kinds of sums are short.
	sumKeys       = 256
	scoreKeys     = 512
	softmaxPanels = 256 // of L keys
)

// score writes the scores of n keys to the columns of s, after modifiers. The keys are tokens
// t and following, and lie in the rows from row on. score overwrites up to a panel of further
// columns.
func (x *headGroup) score(s []float32, row, t, n int) {
	for j := 0; j < n; j += scoreKeys {
		x.set.Dots(s[j:], x.lds(), x.q, len(x.q)/x.heads, x.k.From(x.b, x.g, row+j), x.k.Stride[2], x.heads, min(scoreKeys, n-j), x.p.HeadDim)
		par.PreemptionPoint()
	}
	for r := range x.heads {
		x.modifiers.Row(s[r*x.lds():], n, x.h+r, x.t-t)
	}
}

// softmax takes the n scores of head r into its online softmax. It replaces the scores by
// weights, and sets alpha to the factor of everything summed before. Set.Softmax has a
// query in each lane. Here all lanes are keys of one query and get its maximum.
func (x *headGroup) softmax(s []float32, r, n int) {
	L := x.set.Lanes
	m := x.set.Max(s[:n], x.m[r])
	x.alpha[r] = 1
	sums := x.l[r*L : (r+1)*L]
	if m > x.m[r] {
		x.alpha[r] = kernel.Exp(x.m[r] - m)
		for i := range sums {
			sums[i] *= x.alpha[r]
		}
	}
	x.m[r] = m
	for i := range x.base {
		x.base[i] = m
	}
	panels := (n + L - 1) / L
	hidden := s[n : panels*L]
	for i := range hidden {
		hidden[i] = float32(math.Inf(-1))
	}
	for ; panels > 0; panels -= softmaxPanels {
		now := min(panels, softmaxPanels)
		x.set.Softmax(s, x.base, sums, x.scale, now)
		if x.shrunk {
			for i := range s[:now*L] {
				s[i] *= tile.Shrinkage(x.p.KVLen)
			}
		}
		s = s[now*L:]
		par.PreemptionPoint()
	}
}

// accumulate rescales the output by alpha and adds the n weighted values from row on. Each
// WeightedSum sums up to sumKeys values first, so that the error grows with the number of
// these sums, not with the number of values.
func (x *headGroup) accumulate(weights []float32, row, n int) {
	for j := 0; j < n; j += sumKeys {
		x.set.WeightedSum(x.o, len(x.o)/x.heads, x.sums, x.alpha, weights[j:], x.lds(), x.v.From(x.b, x.g, row+j), x.v.Stride[2], x.heads, min(sumKeys, n-j), x.p.ValueDim)
		for r := range x.alpha {
			x.alpha[r] = 1
		}
		par.PreemptionPoint()
	}
}
