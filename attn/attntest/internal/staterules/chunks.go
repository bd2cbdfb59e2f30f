package staterules

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"attnbench/attn"
	"attnbench/attn/attntest/internal/kit"
)

// chunk is the tokens that one call takes of each batch entry.
type chunk struct {
	n      []int // [Batch]
	rows   int   // of the tensors; at least the largest of n
	append bool  // by Append, not Extend
}

func (x chunk) String() string {
	if x.append {
		return fmt.Sprintf("Append of %v", x.n)
	}
	return fmt.Sprintf("Extend by %v", x.n)
}

// cut is a way to cut sequences into chunks.
type cut struct {
	name   string
	chunks []chunk
}

// upTo returns chunks of size tokens that take all entries from lens to limit. An entry with
// fewer left takes those.
func upTo(lens, limit []int, size int, append_ bool) []chunk {
	var list []chunk
	for at := slices.Clone(lens); ; {
		n := make([]int, len(at))
		for b := range at {
			n[b] = min(size, limit[b]-at[b])
			at[b] += n[b]
		}
		if slices.Max(n) == 0 {
			return list
		}
		list = append(list, chunk{n, slices.Max(n), append_})
	}
}

// mixed returns chunks that take up to p.QLen tokens, another number for each entry and
// sometimes none. Some have a row more than any entry takes; with appends, some are appended
// and up to three times as long.
func mixed(p attn.Problem, lens, limit []int, stream uint64, appends bool) []chunk {
	rng := rand.New(rand.NewPCG(kit.Seed, stream))
	var list []chunk
	for at := slices.Clone(lens); !slices.Equal(at, limit); {
		longest, x := p.QLen, chunk{n: make([]int, len(at))}
		switch rng.IntN(4) {
		case 0:
			longest = 1
		case 1:
			if x.append = appends; appends {
				longest *= 3
			}
		}
		for b := range at {
			if rng.IntN(4) > 0 {
				x.n[b] = min(1+rng.IntN(longest), limit[b]-at[b])
			}
			at[b] += x.n[b]
		}
		if x.rows = slices.Max(x.n); x.rows > 0 {
			x.rows = min(x.rows+rng.IntN(2), longest)
			list = append(list, x)
		}
	}
	return list
}

// zeros are the lengths of empty sequences.
func zeros(p attn.Problem) []int { return make([]int, p.Batch) }

// cuts are the ways to cut c: single steps, the longest Extends, chunks of mixed sizes,
// and chunks of mixed sizes some of which are appended.
func (c decoding) cuts(stream uint64) []cut {
	none := zeros(c.P)
	return []cut{
		{"single steps", upTo(none, c.lens, 1, false)},
		{"the longest chunks", upTo(none, c.lens, c.P.QLen, false)},
		{"mixed chunks", mixed(c.P, none, c.lens, stream, false)},
		{"mixed chunks, some appended", mixed(c.P, none, c.lens, stream+1, true)},
	}
}
