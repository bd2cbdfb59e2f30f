// Package kvcache holds the keys and values of sequences that grow, and says in which
// rows of memory their tokens lie. A Cache knows nothing of queries. [NewContiguous]
// makes one that keeps every token, [NewRing] one that keeps the first and the latest,
// and [New] the smaller of the two.
package kvcache

import "attnbench/attn"

// Cache is a KV cache of a batch of sequences, each of which numbers its tokens from 0.
type Cache interface {
	// Lens [B] is how many tokens each sequence has taken. The slice stays the cache's own.
	Lens() []int
	// Bytes is the memory that the cache takes, allocated whole when it is made.
	Bytes() int64
	// Rows returns the memory: keys [B, Hkv, rows, D] and values [B, Hkv, rows, Dv].
	Rows() (k, v attn.Tensor)
	// Span finds the tokens [lo, hi), which the cache must hold: token lo lies in the
	// given row, and the n tokens from lo on lie in n successive rows.
	Span(b, lo, hi int) (row, n int)
	// Pinned is how many tokens at the start of a sequence the cache keeps in any case.
	// Oldest is the token from which on the cache holds all others.
	Pinned() int
	Oldest(b int) int
	// Append takes the first n rows of k [B, Hkv, N, D] and v [B, Hkv, N, Dv].
	Append(b, n int, k, v attn.Tensor)
	// Gather returns tensors whose batch entry b begins with Gathered rows: the pinned
	// tokens, then those from lo on. The cache may move rows for that, and forgets the tokens
	// between. A cache that pins none may return tokens before lo too.
	Gather(b, lo int) (k, v attn.Tensor)
	Gathered(b, lo int) int
	// Truncate shortens batch entry b to n tokens; Reset empties it.
	Truncate(b, n int)
	Reset(b int)
}

// New makes a cache for p that keeps at least the first pinned tokens of a sequence and
// the latest ones: a ring buffer where that is less than the capacity.
func New(p *attn.Problem, pinned, latest int) Cache {
	if pinned+latest < p.KVLen {
		return NewRing(p, pinned, latest)
	}
	return NewContiguous(p)
}

// storage is the memory of a cache. A row is written once and read in every later
// decode step, so the rows of a head are adjacent, whatever the layout of the input.
type storage struct {
	k, v   attn.Tensor
	lens   []int // [B], tokens taken
	pinned int   // rows before a ring buffer; row t holds token t for good
}

// newStorage has the given number of rows for each kv head of p.
func newStorage(p *attn.Problem, pinned, rows int) storage {
	s := storage{
		k: attn.NewTensor(p.Batch, p.KVHeads, rows, p.HeadDim), v: attn.NewTensor(p.Batch, p.KVHeads, rows, p.ValueDim),
		lens: make([]int, p.Batch), pinned: pinned,
	}
	// Systems hand out pages of memory as they are first written to. Tokens touch a page
	// of every head in turn, which would scatter the rows of each head, and a decode step
	// would take a tenth longer. This touches the pages in the order of reading.
	clear(s.k.Data)
	clear(s.v.Data)
	return s
}

// Pinned implements [Cache].
func (s *storage) Pinned() int { return s.pinned }

// Lens implements [Cache].
func (s *storage) Lens() []int { return s.lens }

// Bytes implements [Cache].
func (s *storage) Bytes() int64 { return int64(4*(len(s.k.Data)+len(s.v.Data)) + 8*len(s.lens)) }

// Rows implements [Cache].
func (s *storage) Rows() (k, v attn.Tensor) { return s.k, s.v }

// write copies row i of k and v to a row of the cache, for every head.
func (s *storage) write(b, row, i int, k, v *attn.Tensor) {
	for g := range s.k.Shape[1] {
		copy(s.k.Row(b, g, row), k.Row(b, g, i))
		copy(s.v.Row(b, g, row), v.Row(b, g, i))
	}
}
