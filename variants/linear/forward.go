package linear

import (
	"fmt"

	"attnbench/attn"
	"attnbench/attn/pool"
)

// plan is a Forward of any rule, kv head by kv head.
type plan struct {
	pool.Parts
	driver
	states pool.FreeList[state]
}

func newPlan(s *shape, o attn.Options, form string) (attn.Plan, error) {
	x := &plan{driver: newDriver(s, form)}
	var need state
	x.rule.memory(&need)
	x.rule.scratch(&need, &attn.Args{})
	if err := x.Init(s.p, o, s.p.Batch*s.p.KVHeads*(len(x.shares)-1), need.floats, x.heads); err != nil {
		return nil, fmt.Errorf("%s: %w", form, err)
	}
	return x, nil
}

// heads is part i of a Forward: the query heads of one share, from the first key to the last.
func (x *plan) heads(a *attn.Args, ws []float32, i int) {
	st, shares := x.states.Get(), len(x.shares)-1
	x.begin(st, a, ws, i/shares/x.p.KVHeads, i/shares%x.p.KVHeads)
	x.share(st, i%shares)
	x.walk(st, a)
	if a.StateN.Data != nil && i%shares == 0 {
		x.finish(st, a)
	}
	*st = state{}
	x.states.Put(st)
}

// sequence is that of batch entry b.
func (x *plan) sequence(b int) sequence {
	return sequence{x.p.Start(b), x.p.QLen, x.p.Keys(b), x.p.VisibilityMask() == attn.Causal()}
}

// begin gives st its memory from ws, which may hold anything. S and z are those of State0
// where State0 is given, else zeros.
func (x *plan) begin(st *state, a *attn.Args, ws []float32, b, g int) {
	st.b, st.g, st.ws, st.sequence = b, g, ws, x.sequence(b)
	x.rule.memory(st)
	x.rule.empty(st)
	x.rule.scratch(st, a)
	if a.State0.Data != nil {
		x.rule.load(st, a, b)
	}
}

// finish takes the keys that no row saw, and writes the state to StateN. Only the first share
// of a head group does so.
func (x *plan) finish(st *state, a *attn.Args) {
	x.update(st, a, st.keys)
	x.rule.store(st, a, st.b)
}

// ExecutedFLOPs implements [attn.CountsFLOPs]: the products with the state, those of keys once
// for the query heads that share it, and the products of query rows with the keys of their own
// block.
func (x *plan) ExecutedFLOPs() int64 {
	reads := int64(1)
	if x.p.Rule.Delta {
		reads = 2
	}
	var total int64
	for b := range x.p.Batch {
		q := x.sequence(b)
		keys := int64(q.reach(q.rows - 1))
		for i, first := range x.shares[:len(x.shares)-1] {
			heads := x.shares[i+1] - first
			total += 2*int64(x.m)*int64(x.p.ValueDim)*(keys*reads+int64(q.rows)*int64(heads)) + x.rule.pairFLOPs(q, heads)
		}
	}
	return total * int64(x.p.KVHeads)
}
