package tile

import (
	"attnbench/attn"
	"attnbench/internal/kernel"
)

// ahead is what the next part of a Forward will find cold: its rows of Q and Out,
// and the rows of K and V at the lower edge of a window that no part before it
// has touched. The products of this part fetch it, one piece each.
type ahead struct {
	pieces [4]kernel.Next
	left   int
}

// take hands out the next piece, empty where none is left.
func (x *ahead) take() kernel.Next {
	if x.left == 0 {
		return kernel.Next{}
	}
	x.left--
	return x.pieces[x.left]
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

// add lists the given rows. A product of 64 keys has at least eight tiles of 16
// fetches each: packed rows are taken as one stretch of memory, two to a fetch
// step where that covers all of them; rows with gaps one to a step.
func (x *ahead) add(t attn.Tensor, b, h, row, rows int) {
	const tileLines = 16
	step := t.Stride[2]
	if step == t.Shape[3] {
		step = (rows*step/tileLines + 15) &^ 15
	}
	x.pieces[x.left] = kernel.Next{From: t.From(b, h, row), Step: step}
	x.left++
}
