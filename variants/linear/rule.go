package linear

import "attnbench/attn"

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
	// next cuts what one block or output computes: so many rows from row on, and n keys. The
	// state must have taken the keys up to before. Without keys it is an output.
	next(st *state, row int) (before, rows, n int)
	// update takes the next n keys into the state.
	update(st *state, a *attn.Args, n int)
	// block takes the next n keys into the state, and writes the outputs of so many rows of
	// the query heads of st, from row on. Each row sees the keys up to its own position.
	block(st *state, a *attn.Args, row, rows, n int)
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
