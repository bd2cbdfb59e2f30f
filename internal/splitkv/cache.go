package splitkv

import (
	"slices"

	"attnbench/attn"
)

// cache holds the rows of K and V of a batch of sequences, [B, Hkv, room, D] each: a
// row is written once and read in every later step, so that a head's rows lie
// together whatever the layout they come in.
//
// A rolling cache has fewer rows than a sequence may have tokens. Its first pinned
// rows hold the first tokens for good, the others are a ring: a token overwrites the
// one that ring tokens earlier stood there.
type cache struct {
	k, v   attn.Tensor
	lens   []int
	pinned int
	ring   int   // rows that are overwritten in turn; 0: none, row i holds token i
	origin []int // [B], the token in the first row of the ring, or that was there first
	floor  []int // [B], the first token past the pinned ones that is not lost
}

// newCache makes a cache for p that keeps all tokens or, where window is not -1, the
// first pinned and those that a window of window keys before the query's own still
// reaches from the first query of the longest piece.
func newCache(p *attn.Problem, pinned, window int) cache {
	c := cache{lens: make([]int, p.Batch)}
	room := p.KVLen
	if window >= 0 && pinned+window+p.QLen < room {
		c.pinned, c.ring, room = pinned, window+p.QLen, pinned+window+p.QLen
		c.origin, c.floor = slices.Repeat([]int{pinned}, p.Batch), slices.Repeat([]int{pinned}, p.Batch)
	}
	c.k = attn.NewTensor(p.Batch, p.KVHeads, room, p.HeadDim)
	c.v = attn.NewTensor(p.Batch, p.KVHeads, room, p.ValueDim)
	// Systems hand out memory page by page as it is first written to. Written to in the
	// order of tokens, a page of every head in turn, the rows of one head lie scattered,
	// and a step takes a tenth longer; so it is done here, in the order in which they are
	// read. What the state holds is then there from the start.
	clear(c.k.Data)
	clear(c.v.Data)
	return c
}

// bytes is what the rows take, and the few integers beside them.
func (c *cache) bytes() int64 {
	return int64(4*(len(c.k.Data)+len(c.v.Data)) + 8*(len(c.lens)+len(c.origin)+len(c.floor)))
}

// row is where token t lies, which must be held.
func (c *cache) row(b, t int) int {
	if c.ring == 0 || t < c.pinned {
		return t
	}
	return c.pinned + (t-c.origin[b])%c.ring
}

// span is row of token lo, and how many tokens from it on, up to hi, lie in the rows
// that follow.
func (c *cache) span(b, lo, hi int) (row, n int) {
	row = c.row(b, lo)
	switch {
	case c.ring == 0:
		return row, hi - lo
	case lo < c.pinned:
		return row, min(hi, c.pinned) - lo
	}
	return row, min(hi-lo, c.pinned+c.ring-row)
}

// oldest is the first token past the pinned ones that is still held.
func (c *cache) oldest(b int) int {
	if c.ring == 0 {
		return 0
	}
	return max(c.floor[b], c.lens[b]-c.ring)
}

// put takes n rows into batch entry b.
func (c *cache) put(a *attn.Args, b, n int) {
	for i := range n {
		t := c.lens[b] + i
		if c.ring > 0 && t >= c.pinned && i < n-c.ring {
			continue // overwritten by a later one of the same piece
		}
		row := c.row(b, t)
		for g := range c.k.Shape[1] {
			copy(c.k.Row(b, g, row), a.K.Row(b, g, i))
			copy(c.v.Row(b, g, row), a.V.Row(b, g, i))
		}
	}
	c.lens[b] += n
}

// straighten turns the ring until token lo and those after it follow each other from
// its first row on. It forgets the tokens before lo, but for the pinned ones.
func (c *cache) straighten(b, lo int) {
	if c.ring == 0 {
		return
	}
	if shift := (lo - c.origin[b]) % c.ring; shift != 0 && lo < c.lens[b] {
		for g := range c.k.Shape[1] {
			c.turn(c.k, b, g, shift)
			c.turn(c.v, b, g, shift)
		}
	}
	c.origin[b], c.floor[b] = lo, lo
}

// turn moves the rows of the ring up by shift in place: both halves reversed, then the whole.
func (c *cache) turn(t attn.Tensor, b, g, shift int) {
	end := c.pinned + c.ring
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

// reset empties batch entry b.
func (c *cache) reset(b int) {
	c.lens[b] = 0
	if c.ring > 0 {
		c.origin[b], c.floor[b] = c.pinned, c.pinned
	}
}

// cut shortens batch entry b to n tokens.
func (c *cache) cut(b, n int) {
	if c.ring > 0 {
		c.floor[b] = c.oldest(b)
		if n <= c.pinned {
			c.reset(b)
		}
	}
	c.lens[b] = n
}
