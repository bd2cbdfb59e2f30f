package tile

import (
	"attnbench/attn"
	"attnbench/internal/kernel"
)

// prefetches lists rows that the next part of a Forward needs and that no cache holds: its
// rows of Q and Out, and at the lower edge of a window the rows of K and V that no part has
// read yet. Each product of the current part takes one prefetch.
type prefetches struct {
	list [4]kernel.Prefetch
	left int
}

// take hands out one prefetch, empty where none is left.
func (x *prefetches) take() kernel.Prefetch {
	if x.left == 0 {
		return kernel.Prefetch{}
	}
	x.left--
	return x.list[x.left]
}

// takeOr is take, or where nothing is left the given rows of K or V, which the next product
// reads. Hardware prefetches no V, as products read V by columns.
func (x *prefetches) takeOr(t attn.Tensor, b, h, row, rows int) kernel.Prefetch {
	if x.left > 0 {
		return x.take()
	}
	if row+rows > t.Shape[2] {
		return kernel.Prefetch{}
	}
	return prefetchOf(t, b, h, row, rows)
}

// prefetchesOf lists the rows that part i finds in no cache. The part before it took the
// next panel of the same heads, or the first panel of other heads.
func (e *Engine) prefetchesOf(a *attn.Args, i int) (x prefetches) {
	p, L := &e.shared.Problem, e.shared.Set.Lanes
	if i >= p.Batch*p.QHeads/e.group*e.panels {
		return x
	}
	first, n := i/e.panels*e.group, e.panels-1-i%e.panels
	b, h := first/p.QHeads, first%p.QHeads
	if before, now := e.firstKey(b, h, n+1), e.firstKey(b, h, n); now < before {
		rows := min(L, before-now)
		x.add(a.V, b, p.KVHead(h), now, rows)
		x.add(a.K, b, p.KVHead(h), now, rows)
	}
	rows := min(L, p.QLen-n*L)
	x.add(a.Out, b, h, n*L, rows)
	x.add(a.Q, b, h, n*L, rows)
	return x
}

// firstKey is the first key that panel n visits, 0 where there is no such panel or it
// visits nothing.
func (e *Engine) firstKey(b, h, n int) int {
	if n >= e.panels {
		return 0
	}
	if spans := e.blocks.Spans(b, h, n); len(spans) > 0 {
		return spans[0].Lo
	}
	return 0
}

func (x *prefetches) add(t attn.Tensor, b, h, row, rows int) {
	x.list[x.left] = prefetchOf(t, b, h, row, rows)
	x.left++
}

// prefetchOf spreads the given rows over a product of at least 64 steps of depth, 16 fetches
// of a pair of lines in each tile of the product. Rows without gaps are one stretch of
// memory, which the fetches of a tile cover. Of rows with gaps each fetch takes the first
// pair of lines, and each tile takes the next 16 rows.
func prefetchOf(t attn.Tensor, b, h, row, rows int) kernel.Prefetch {
	const fetches, line = 16, 16
	step, stripe := t.Stride[2], 2*line
	if step == t.Shape[3] {
		step = kernel.RoundUp(rows*step/fetches, line)
	} else {
		stripe = fetches * step
	}
	return kernel.Prefetch{From: t.From(b, h, row), Step: step, Stripe: stripe}
}
