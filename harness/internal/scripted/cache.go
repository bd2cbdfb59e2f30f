package scripted

import "attnbench/attn"

// Cache is the KV cache of a decoder of a test: it keeps every row. A State embeds it and
// adds what it computes.
type Cache struct {
	P    attn.Problem
	Lens []int
	K, V attn.Tensor // [B, Hkv, capacity, D], [B, Hkv, capacity, Dv]
}

// NewCache makes a Cache of p, whose KVLen is the capacity.
func NewCache(p attn.Problem) (Cache, error) {
	if err := p.ValidateState(); err != nil {
		return Cache{}, err
	}
	return Cache{P: p, Lens: make([]int, p.Batch),
		K: attn.NewTensor(p.Batch, p.KVHeads, p.KVLen, p.HeadDim), V: attn.NewTensor(p.Batch, p.KVHeads, p.KVLen, p.ValueDim)}, nil
}

// Len is that of [attn.State].
func (c *Cache) Len(b int) int { return c.Lens[b] }

// Bytes is that of [attn.State].
func (c *Cache) Bytes() int64 { return 4 * int64(len(c.K.Data)+len(c.V.Data)) }

// Reset is that of [attn.State].
func (c *Cache) Reset(b int) { c.Lens[b] = 0 }

// Truncate is that of [attn.State].
func (c *Cache) Truncate(b, n int) error { c.Lens[b] = n; return nil }

// Append is that of [attn.State].
func (c *Cache) Append(a attn.Args, n []int) error {
	if err := a.CheckAppend(&c.P, c.Lens, n); err != nil {
		return err
	}
	for b := range c.Lens {
		rows := a.K.Shape[2]
		if n != nil {
			rows = n[b]
		}
		for g := range c.P.KVHeads {
			for i := range rows {
				copy(c.K.Row(b, g, c.Lens[b]+i), a.K.Row(b, g, i))
				copy(c.V.Row(b, g, c.Lens[b]+i), a.V.Row(b, g, i))
			}
		}
		c.Lens[b] += rows
	}
	return nil
}
