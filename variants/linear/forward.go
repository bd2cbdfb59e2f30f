package linear

import (
	"attnbench/attn"
	"attnbench/internal/par"
)

// plan is the driver of every rule.
type plan struct {
	par.Parts
	*shape
	rule   rule
	panel  int // query rows that meet their keys at once, seen by each or not; 0 is none
	states par.FreeList[state]
}

func newPlan(s *shape, o attn.Options, form string) *plan {
	x := &plan{shape: s, rule: newRule(s, form)}
	if c, ok := x.rule.(featureChunk); ok {
		x.panel = c.rows()
	}
	var need state
	x.rule.memory(&need)
	x.rule.scratch(&need, &attn.Args{})
	x.Init(s.p, o, s.p.Batch*s.p.QHeads, need.floats, x.head)
	return x
}

// head is part i of a Forward: one query head from its first row to its last.
func (x *plan) head(a *attn.Args, ws []float32, i int) {
	b, h := i/x.p.QHeads, i%x.p.QHeads
	st := x.states.Get()
	x.begin(st, a, ws, b, x.p.KVHead(h))
	for row, rows := 0, 0; row < x.p.QLen; row += rows {
		var before, n int
		before, rows, n = x.next(b, row, st.taken)
		x.update(st, a, before)
		if n > 0 {
			x.rule.step(st, a, h, row, rows, n)
		} else {
			x.rule.output(st, a, h, row, rows)
		}
		par.PreemptionPoint()
	}
	if a.StateN.Data != nil && h == x.firstHead(st.g) {
		x.finish(st, a)
	}
	*st = state{}
	x.states.Put(st)
}

// next says what goes through the state together from a query row on: the keys up to
// before, which update it first, then so many rows and n keys. As long as every row sees
// one key more than the row before, rows and keys are as many, at most a block, and row
// t sees the keys up to t. Keys before the first row only update the state; rows after
// the last key only read it.
func (x *plan) next(b, row, taken int) (before, rows, n int) {
	reach := x.reach(b, row)
	switch {
	case x.panel > 0:
		rows, before = min(x.panel, x.p.QLen-row), x.reach(b, row-1)
		return before, rows, x.reach(b, row+rows-1) - before
	case x.causal && reach > taken:
		n = min(x.tokens, x.p.QLen-row, x.p.Keys(b)-(reach-1))
		return reach - 1, n, n
	}
	rows = 1
	for rows < min(x.tokens, x.p.QLen-row) && x.reach(b, row+rows) == reach {
		rows++
	}
	return reach, rows, 0
}

// begin gives st its memory from ws, which may hold anything, and the state from State0
// where it is given.
func (x *plan) begin(st *state, a *attn.Args, ws []float32, b, g int) {
	st.b, st.g, st.ws = b, g, ws
	x.rule.memory(st)
	clear(st.s)
	clear(st.z)
	x.rule.scratch(st, a)
	if a.State0.Data == nil {
		return
	}
	for i := range x.m {
		copy(st.s[i*x.ldv:], a.State0.Row(b, g, i))
	}
	if a.Norm0.Data != nil {
		copy(st.z, a.Norm0.Row(b, g, 0))
	}
}

// update takes the keys up to the given one into the state.
func (x *plan) update(st *state, a *attn.Args, keys int) {
	for st.taken < keys {
		x.rule.update(st, a, min(x.tokens, keys-st.taken))
		par.PreemptionPoint()
	}
}

// finish takes the keys that no row saw, and writes the state to StateN: the first query
// head of a head group does so for all.
func (x *plan) finish(st *state, a *attn.Args) {
	x.update(st, a, x.p.Keys(st.b))
	for i := range x.m {
		copy(a.StateN.Row(st.b, st.g, i), st.s[i*x.ldv:])
	}
	if a.NormN.Data != nil {
		copy(a.NormN.Row(st.b, st.g, 0), st.z)
	}
}

// ExecutedFLOPs implements [attn.CountsFLOPs]: the products with the state, and those
// of query rows with the keys of their own block.
func (x *plan) ExecutedFLOPs() int64 {
	reads := int64(1)
	if x.p.Rule.Delta {
		reads = 2
	}
	var total int64
	for b := range x.p.Batch {
		keys := int64(x.reach(b, x.p.QLen-1))
		total += 2*int64(x.m)*int64(x.p.ValueDim)*(keys*reads+int64(x.p.QLen)) + x.rule.pairFLOPs(b)
	}
	return total * int64(x.p.QHeads)
}
