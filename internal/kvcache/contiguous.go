package kvcache

import "attnbench/attn"

// contiguous keeps every token, token t in row t.
type contiguous struct{ storage }

// NewContiguous makes a cache for p that keeps up to KVLen tokens a sequence.
func NewContiguous(p *attn.Problem) Cache { return &contiguous{newStorage(p, 0, p.KVLen)} }

// Span implements [Cache].
func (c *contiguous) Span(_, lo, hi int) (row, n int) { return lo, hi - lo }

// Oldest implements [Cache].
func (c *contiguous) Oldest(int) int { return 0 }

// Append implements [Cache].
func (c *contiguous) Append(b, n int, k, v attn.Tensor) {
	for i := range n {
		c.write(b, c.lens[b]+i, i, &k, &v)
	}
	c.lens[b] += n
}

// Gather implements [Cache]. It moves nothing and returns every token.
func (c *contiguous) Gather(int, int) (k, v attn.Tensor) { return c.k, c.v }

// Gathered implements [Cache].
func (c *contiguous) Gathered(b, _ int) int { return c.lens[b] }

// Truncate implements [Cache].
func (c *contiguous) Truncate(b, n int) { c.lens[b] = n }

// Reset implements [Cache].
func (c *contiguous) Reset(b int) { c.lens[b] = 0 }
