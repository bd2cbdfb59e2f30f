package kvcache

import (
	"slices"

	"attnbench/attn"
)

// ring pins the first tokens and keeps the latest ones in a ring buffer: token t overwrites
// token t - size.
type ring struct {
	storage
	size   int   // rows of the ring buffer
	origin []int // [B]: token origin + i is written to row i % size of the ring buffer
	floor  []int // [B]: Gather and Truncate have forgotten the tokens from pinned to floor-1
}

// NewRing makes a cache for p that keeps the first pinned tokens of a sequence and,
// of the others, the latest size.
func NewRing(p *attn.Problem, pinned, size int) Cache {
	first := slices.Repeat([]int{pinned}, p.Batch)
	return &ring{newStorage(p, pinned, pinned+size), size, first, slices.Clone(first)}
}

// Bytes implements [Cache].
func (c *ring) Bytes() int64 { return c.storage.Bytes() + int64(8*(len(c.origin)+len(c.floor))) }

// row is where token t lies, which the cache must hold.
func (c *ring) row(b, t int) int {
	if t < c.pinned {
		return t
	}
	return c.pinned + (t-c.origin[b])%c.size
}

// Span implements [Cache]. A span ends with the pinned rows, and where the ring buffer wraps
// around.
func (c *ring) Span(b, lo, hi int) (row, n int) {
	row = c.row(b, lo)
	if lo < c.pinned {
		return row, min(hi, c.pinned) - lo
	}
	return row, min(hi-lo, c.pinned+c.size-row)
}

// Oldest implements [Cache].
func (c *ring) Oldest(b int) int { return max(c.floor[b], c.lens[b]-c.size) }

// Append implements [Cache].
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

// Gather implements [Cache]. It rotates the ring buffer until token lo lies in its first row.
func (c *ring) Gather(b, lo int) (k, v attn.Tensor) {
	if shift := (lo - c.origin[b]) % c.size; shift != 0 && lo < c.lens[b] {
		for g := range c.k.Shape[1] {
			c.rotate(c.k, b, g, shift)
			c.rotate(c.v, b, g, shift)
		}
	}
	c.origin[b], c.floor[b] = lo, lo
	return c.k, c.v
}

// Gathered implements [Cache].
func (c *ring) Gathered(b, lo int) int { return c.pinned + c.lens[b] - lo }

// rotate moves the rows of the ring buffer up by shift, in place: it reverses the first
// shift rows and the others, then all.
func (c *ring) rotate(t attn.Tensor, b, g, shift int) {
	rows, at := t.From(b, g, c.pinned)[:c.size*t.Stride[2]], shift*t.Stride[2]
	slices.Reverse(rows[:at])
	slices.Reverse(rows[at:])
	slices.Reverse(rows)
}

// Truncate implements [Cache].
func (c *ring) Truncate(b, n int) {
	c.floor[b] = c.Oldest(b)
	if n <= c.pinned {
		c.Reset(b)
	}
	c.lens[b] = n
}

// Reset implements [Cache].
func (c *ring) Reset(b int) {
	c.lens[b] = 0
	c.origin[b], c.floor[b] = c.pinned, c.pinned
}
