// Package oracle is attention by its definition, as package attn states it: one
// query row at a time, every sum sequential, no blocking and no reordering. It
// shares no code with the variants. In float64 it is the reference; in float32 it is one
// more honest evaluation, which tests hold against the budgets.
//
// The definitions are in softmax.go, linear.go and recurrent.go. The files named budget say
// how far a float32 result may be off.
package oracle

import (
	"math"

	"attnbench/attn"
)

// Float is the precision that a definition is evaluated in.
type Float interface{ float32 | float64 }

// Row is one query row: batch entry, query head, row.
type Row struct{ B, H, I int }

// Eval computes one row in the precision T. out [Dv] is overwritten; lse is the
// natural log-sum-exp of a softmax row and 0 for other rules.
func Eval[T Float](p *attn.Problem, a *attn.Args, r Row, out []T) (lse T) {
	switch p.Rule.Kind {
	case attn.Linear:
		linear(p, a, r, visibleKeys(p, a, r), out)
		return 0
	case attn.Recurrent:
		newState[T](p, a, r.B, r.H).recurrent(r.I, out)
		return 0
	}
	return softmax(p, a, r, visibleKeys(p, a, r), out).lse
}

// visibleKeys lists the keys that a row sees.
func visibleKeys(p *attn.Problem, a *attn.Args, r Row) (keys []int) {
	for j := range p.Keys(r.B) {
		hidden := p.Bias != (attn.BiasShape{}) && math.IsInf(float64(biasOf(p, a, r)[j]), -1)
		if !hidden && (p.Mask == nil || p.Mask.Visible(r.B, r.H, p.Start(r.B)+r.I, j)) {
			keys = append(keys, j)
		}
	}
	return keys
}

// biasOf is the bias of a row [Nk]. A bias of one batch entry or one head is that of all.
func biasOf(p *attn.Problem, a *attn.Args, r Row) []float32 {
	return a.Bias.Row(r.B%p.Bias.Batch, r.H%p.Bias.Heads, r.I)
}

// wide converts a row to the precision T.
func wide[T Float](row []float32) []T {
	x := make([]T, len(row))
	for c, y := range row {
		x[c] = T(y)
	}
	return x
}

func dot[T Float](x, y []T) (sum T) {
	for c := range x {
		sum += x[c] * y[c]
	}
	return sum
}
