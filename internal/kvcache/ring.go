package kvcache

import (
	"slices"

	"attnbench/attn"
)

// ring keeps the first tokens, which are pinned, and the latest ones in a ring buffer:
// a token overwrites the one that stands size tokens before it.
type ring struct {
	storage
	pinned int   // rows before the ring buffer; row t holds token t for good
	size   int   // rows of the ring buffer
	origin []int // [B], the token that the first row of the ring buffer holds or held first
	floor  []int // [B], the first token past the pinned ones that nobody has forgotten
}

// NewRing makes a cache for p that keeps the first pinned tokens of a sequence and,
// of the others, the latest size.
func NewRing(p *attn.Problem, pinned, size int) Cache {
	return &ring{
		storage: newStorage(p, pinned+size), pinned: pinned, size: size,
		origin: slices.Repeat([]int{pinned}, p.Batch), floor: slices.Repeat([]int{pinned}, p.Batch),
	}
}

func (c *ring) Bytes() int64 { return c.storage.Bytes() + int64(8*(len(c.origin)+len(c.floor))) }

// row is where token t lies, which the cache must hold.
func (c *ring) row(b, t int) int {
	if t < c.pinned {
		return t
	}
	return c.pinned + (t-c.origin[b])%c.size
}

// Span ends with the pinned rows, and where the ring buffer wraps around.
func (c *ring) Span(b, lo, hi int) (row, n int) {
	row = c.row(b, lo)
	if lo < c.pinned {
		return row, min(hi, c.pinned) - lo
	}
	return row, min(hi-lo, c.pinned+c.size-row)
}

// Oldest leaves the pinned tokens out.
func (c *ring) Oldest(b int) int { return max(c.floor[b], c.lens[b]-c.size) }

func (c *ring) Append(b, n int, k, v attn.Tensor) {
	for i := range n {
		t := c.lens[b] + i
		if t >= c.pinned && i < n-c.size {
			continue // a later token of the same chunk overwrites it
		}
		c.write(b, c.row(b, t), i, &k, &v)
	}
	c.lens[b] += n
}

// Align rotates the ring buffer until token lo lies in its first row.
func (c *ring) Align(b, lo int) {
	if shift := (lo - c.origin[b]) % c.size; shift != 0 && lo < c.lens[b] {
		for g := range c.k.Shape[1] {
			c.rotate(c.k, b, g, shift)
			c.rotate(c.v, b, g, shift)
		}
	}
	c.origin[b], c.floor[b] = lo, lo
}

func (c *ring) Aligned(b, lo int) int { return c.pinned + c.lens[b] - lo }

// rotate moves the rows of the ring buffer up by shift in place: it reverses both
// parts, then the whole.
func (c *ring) rotate(t attn.Tensor, b, g, shift int) {
	end := c.pinned + c.size
	reverse(t, b, g, c.pinned, c.pinned+shift)
	reverse(t, b, g, c.pinned+shift, end)
	reverse(t, b, g, c.pinned, end)
}

func reverse(t attn.Tensor, b, g, lo, hi int) {
	for hi--; lo < hi; lo, hi = lo+1, hi-1 {
		x, y := t.Row(b, g, lo), t.Row(b, g, hi)
		for i := range x {
			x[i], y[i] = y[i], x[i]
		}
	}
}

func (c *ring) Truncate(b, n int) {
	c.floor[b] = c.Oldest(b)
	if n <= c.pinned {
		c.Reset(b)
	}
	c.lens[b] = n
}

func (c *ring) Reset(b int) {
	c.lens[b] = 0
	c.origin[b], c.floor[b] = c.pinned, c.pinned
}
