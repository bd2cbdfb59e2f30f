package tile

import (
	"attnbench/attn"
	"attnbench/internal/kernel"
)

// ahead is what the next part of a Forward will find cold: its rows of Q and Out,
// and the rows of K and V at the lower edge of a window that no part before it
// has touched. The products of this part fetch it, one piece each.
type ahead struct {
	pieces [4]kernel.Prefetch
	left   int
}

// take hands out the next piece, empty where none is left.
func (x *ahead) take() kernel.Prefetch {
	if x.left == 0 {
		return kernel.Prefetch{}
	}
	x.left--
	return x.pieces[x.left]
}

// or is take, or where nothing is left the given rows of K or V, which the next
// product reads: V is read by columns, which no hardware foresees.
func (x *ahead) or(t attn.Tensor, b, h, row, rows int) kernel.Prefetch {
	if x.left > 0 {
		return x.take()
	}
	if row+rows > t.Shape[2] {
		return kernel.Prefetch{}
	}
	return stretch(t, b, h, row, rows)
}

// aheadOf looks one part further than part i: the same heads' panel before, or
// other heads' last one.
func (e *Engine) aheadOf(a *attn.Args, i int) (x ahead) {
	p, L := &e.config.Problem, e.config.Set.Lanes
	if i+1 >= p.Batch*p.QHeads/e.team*e.panels {
		return x
	}
	first, n := (i+1)/e.panels*e.team, e.panels-1-(i+1)%e.panels
	b, h := first/p.QHeads, first%p.QHeads
	if now, next := e.lowest(b, h, n+1), e.lowest(b, h, n); next < now {
		rows := min(L, now-next)
		x.add(a.V, b, p.KVHead(h), next, rows)
		x.add(a.K, b, p.KVHead(h), next, rows)
	}
	rows := min(L, p.QLen-n*L)
	x.add(a.Out, b, h, n*L, rows)
	x.add(a.Q, b, h, n*L, rows)
	return x
}

// lowest is the first key that a panel visits; panels that are not there or
// visit nothing have none that is new.
func (e *Engine) lowest(b, h, n int) int {
	if n >= e.panels {
		return 0
	}
	if runs := e.blocks.Runs(b, h, n); len(runs) > 0 {
		return runs[0].Lo
	}
	return 0
}

// add lists the given rows.
func (x *ahead) add(t attn.Tensor, b, h, row, rows int) {
	x.pieces[x.left] = stretch(t, b, h, row, rows)
	x.left++
}

// stretch spreads the given rows over a product of at least 64 steps: packed rows
// are one stretch of memory, which 16 fetches a tile cover, a pair of lines each; of
// rows with gaps every fetch takes the first pair, every tile the 16 rows that follow.
func stretch(t attn.Tensor, b, h, row, rows int) kernel.Prefetch {
	const fetches, line = 16, 16
	step, stripe := t.Stride[2], 2*line
	if step == t.Shape[3] {
		step = (rows*step/fetches + line - 1) &^ (line - 1)
	} else {
		stripe = fetches * step
	}
	return kernel.Prefetch{From: t.From(b, h, row), Step: step, Stripe: stripe}
}
