// Package kvcache holds the keys and values of sequences that grow, and says in which
// rows of memory their tokens lie. A Cache knows nothing of queries. [NewContiguous]
// makes one that keeps every token, [NewRing] one that keeps the first and the latest.
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
	// Oldest is the token from which on the cache holds all tokens.
	Oldest(b int) int
	// Append takes the first n rows of k [B, Hkv, N, D] and v [B, Hkv, N, Dv].
	Append(b, n int, k, v attn.Tensor)
	// Align forgets the tokens before lo but for the pinned ones, and puts those that
	// stay into successive rows from 0 on. Aligned is how many stay.
	Align(b, lo int)
	Aligned(b, lo int) int
	// Truncate shortens batch entry b to n tokens; Reset empties it.
	Truncate(b, n int)
	Reset(b int)
}

// storage is the memory of a cache. A row is written once and read in every later
// decode step, so the rows of a head are adjacent, whatever the layout of the input.
type storage struct {
	k, v attn.Tensor
	lens []int // [B], tokens taken
}

// newStorage has the given number of rows for each kv head of p.
func newStorage(p *attn.Problem, rows int) storage {
	s := storage{
		k: attn.NewTensor(p.Batch, p.KVHeads, rows, p.HeadDim), v: attn.NewTensor(p.Batch, p.KVHeads, rows, p.ValueDim),
		lens: make([]int, p.Batch),
	}
	// Systems hand out pages of memory as they are first written to. Tokens touch a page
	// of every head in turn, which would scatter the rows of each head, and a decode step
	// would take a tenth longer. This touches the pages in the order of reading.
	clear(s.k.Data)
	clear(s.v.Data)
	return s
}

func (s *storage) Lens() []int { return s.lens }

func (s *storage) Bytes() int64 { return int64(4*(len(s.k.Data)+len(s.v.Data)) + 8*len(s.lens)) }

func (s *storage) Rows() (k, v attn.Tensor) { return s.k, s.v }

// write copies row i of k and v to a row of the cache, for every head.
func (s *storage) write(b, row, i int, k, v *attn.Tensor) {
	for g := range s.k.Shape[1] {
		copy(s.k.Row(b, g, row), k.Row(b, g, i))
		copy(s.v.Row(b, g, row), v.Row(b, g, i))
	}
}
