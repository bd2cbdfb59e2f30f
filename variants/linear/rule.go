package linear

import (
	"math"

	"attnbench/attn"
	"attnbench/internal/kernel"
)

// rule is one form of an update rule: the strategy that the driver calls. st.taken is how
// many keys the state has.
type rule interface {
	// memory cuts S and z from st.ws.
	memory(st *state)
	// empty makes the memory that of a state without keys.
	empty(st *state)
	// load makes it entry b of State0 and what comes with it.
	load(st *state, a *attn.Args, b int)
	// store writes it to entry b of StateN and what comes with it.
	store(st *state, a *attn.Args, b int)
	// scratch cuts the room for a block of tokens from st.ws, which may hold anything.
	scratch(st *state, a *attn.Args)
	// next cuts what one step or output computes: so many rows from row on, and n keys. The
	// state must have taken the keys up to before. Without keys it is an output.
	next(st *state, row int) (before, rows, n int)
	// update takes the next n keys into the state.
	update(st *state, a *attn.Args, n int)
	// step takes the next n keys into the state, and writes the outputs of so many rows of
	// the query heads of st, from row on. Each row sees the keys up to its own position.
	step(st *state, a *attn.Args, row, rows, n int)
	// output writes the outputs of rows of query head h that see the keys taken and no other.
	output(st *state, a *attn.Args, h, row, rows int)
	// heads is how many of so many query heads of a head group share the updates of a state.
	heads(left int) int
	// pairFLOPs counts the products of rows of so many query heads, or of keys, with keys.
	pairFLOPs(q sequence, heads int) int64
}

// newRule chooses the form by its name. "linear" is the faster form of each rule.
func newRule(s *shape, form string) rule {
	switch {
	case s.p.Rule.Kind == attn.Linear && form == chunkedName:
		return featureChunk{features{s}}
	case s.p.Rule.Kind == attn.Linear:
		return features{s}
	case s.p.Rule.Delta || form == chunkedName:
		return gates{s}
	}
	return gatesRecurrent{gates{s}}
}

// shape is a Problem and the sizes that its kernels want.
type shape struct {
	p        attn.Problem
	set      *kernel.Set
	group    int // query heads of a head group
	m        int // M, the rows of S
	ldm, ldv int // row strides: M and Dv in whole vectors, the latter in pairs of them
	tokens   int // of a block, or fewer
	perStep  int // query rows of a head that meet a block, or fewer

	root       float32   // √scale, for the feature maps that use the scale
	projection []float32 // favor's, of the rule's seed, transposed: [D, ldm]
	given      bool      // Args may bring another projection
}

func newShape(p attn.Problem, set *kernel.Set, form string) *shape {
	s := &shape{p: p, set: set, m: p.Features(), group: p.QHeads / p.KVHeads, tokens: tokensOf(p.Rule, form),
		ldm: kernel.RoundUp(p.Features(), set.Width), ldv: kernel.RoundUp(p.ValueDim, 2*set.Width),
		root: float32(math.Sqrt(p.Scale.Value(p.HeadDim)))}
	s.perStep = perStepOf(p, form, s.tokens)
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

// perStepOf is the number of query rows of a head that meet a block of so many tokens. In the
// recurrent form heads that share a state have together as many as one has alone; the chunked
// form rounds by the block.
func perStepOf(p attn.Problem, form string, tokens int) int {
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

// state is what the keys of one kv head fold into: S [M, ldv] = Σ k_j v_jᵀ and, where
// the rule has a normaliser, z [ldm] = Σ phi(k_j). The rest is scratch for T tokens.
type state struct {
	sequence
	s, z  []float32
	b, g  int // batch entry and kv head
	h, of int // the first query head that reads the state, and their number
	taken int // keys

	q, k        []float32 // [heads, rows, ldm] and [T, ldm], features, or rows, zeros past M
	one         []float32 // ones: no decay, and the alpha of a sum that is not rescaled
	o           []float32 // [T, ldv], outputs
	den, factor []float32 // [heads, rows]: denominators; what an output is multiplied by
	eps         []float32 // [heads, rows], what is added to the denominators
	sums        []float32 // [ldm], z of the query heads but the last
	favor       favorState
	projection  []float32 // favor's, transposed: [D, ldm]
	gate        gateScratch
	panel       panelScratch

	ws     []float32 // not taken yet; nil while only counting
	floats int       // taken
}

// take cuts n float32s from ws. Without ws take only counts: the lines that take memory also
// say how much a rule needs.
func (st *state) take(n int) []float32 {
	st.floats += n
	if st.ws == nil {
		return nil
	}
	cut := st.ws[:n:n]
	st.ws = st.ws[n:]
	return cut
}

// takeZeros takes n zeros.
func (st *state) takeZeros(n int) []float32 {
	cut := st.take(n)
	clear(cut)
	return cut
}

// takeOnes takes n ones.
func (st *state) takeOnes(n int) []float32 {
	cut := st.take(n)
	for i := range cut {
		cut[i] = 1
	}
	return cut
}
