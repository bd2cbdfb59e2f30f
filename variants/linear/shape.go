package linear

import (
	"math"

	"attnbench/attn"
	"attnbench/internal/kernel"
)

// shape is a Problem and the sizes that its kernels want.
type shape struct {
	p            attn.Problem
	set          *kernel.Set
	group        int // query heads of a head group
	m            int // M, the rows of S
	ldm, ldv     int // row strides: M and Dv in whole vectors, the latter in pairs of them
	tokens       int // of a block, or fewer
	rowsPerBlock int // query rows of a head that meet a block, or fewer

	root       float32   // √scale, for the feature maps that use the scale
	projection []float32 // favor's, of the rule's seed, transposed: [D, ldm]
	given      bool      // Args may bring another projection
}

func newShape(p attn.Problem, set *kernel.Set, form string) *shape {
	s := &shape{p: p, set: set, m: p.Features(), group: p.QHeads / p.KVHeads, tokens: tokensOf(p.Rule, form),
		ldm: kernel.RoundUp(p.Features(), set.Width), ldv: kernel.RoundUp(p.ValueDim, 2*set.Width),
		root: float32(math.Sqrt(p.Scale.Value(p.HeadDim)))}
	s.rowsPerBlock = rowsPerBlockOf(p, form, s.tokens)
	if p.Rule.Feature == attn.Favor {
		w := attn.Packed(attn.FavorProjection(p.Rule.Features, p.HeadDim, p.Rule.Seed), 1, 1, p.Rule.Features, p.HeadDim)
		s.projection = make([]float32, p.HeadDim*s.ldm)
		s.transpose(s.projection, w)
	}
	return s
}

// tokensOf is the length of a block. A longer chunk has more pairs, which delta rules compute
// twice, and needs fewer passes over the state: the values are the faster of 8 and 16. The
// recurrent form has no pairs: its values are the fastest of 16, 32 and 64. With M = Dv = 64
// the features of 32 tokens, a strip of the state and the rows of V share L1. The recurrent
// form of a delta rule is a chunk of one token.
func tokensOf(r attn.Rule, form string) int {
	switch {
	case r.Kind == attn.Linear:
		return 32
	case r.Delta && form == recurrentName:
		return 1
	case r.Delta:
		return 8
	case form == chunkedName:
		return 16
	case r.Decay == attn.DimDecay: // the factors take as much of the cache as the keys
		return 32
	}
	return 64
}

// rowsPerBlockOf is the number of query rows of a head that meet a block of so many tokens. In the
// recurrent form heads that share a state have together as many as one has alone; the chunked
// form rounds by the block.
func rowsPerBlockOf(p attn.Problem, form string, tokens int) int {
	if form == chunkedName || p.Rule.Delta {
		return tokens
	}
	return min(tokens, max(8, tokens/together(p.QHeads/p.KVHeads)))
}

// together is how many of so many query heads the recurrence takes at once: what its kernels
// have room for.
func together(heads int) int {
	for _, n := range []int{8, 4, 2} {
		if n <= heads {
			return n
		}
	}
	return 1
}
