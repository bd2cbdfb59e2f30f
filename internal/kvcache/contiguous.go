package kvcache

import "attnbench/attn"

// contiguous keeps every token, token t in row t.
type contiguous struct{ storage }

// NewContiguous makes a cache for p that keeps up to KVLen tokens a sequence.
func NewContiguous(p *attn.Problem) Cache { return &contiguous{newStorage(p, p.KVLen)} }

func (c *contiguous) Span(_, lo, hi int) (row, n int) { return lo, hi - lo }

func (c *contiguous) Oldest(int) int { return 0 }

func (c *contiguous) Append(b, n int, k, v attn.Tensor) {
	for i := range n {
		c.write(b, c.lens[b]+i, i, &k, &v)
	}
	c.lens[b] += n
}

// Align has nothing to do: every token is where it should be, and none need go.
func (c *contiguous) Align(int, int) {}

func (c *contiguous) Aligned(b, _ int) int { return c.lens[b] }

func (c *contiguous) Truncate(b, n int) { c.lens[b] = n }

func (c *contiguous) Reset(b int) { c.lens[b] = 0 }
