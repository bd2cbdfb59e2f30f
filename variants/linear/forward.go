package linear

import (
	"fmt"

	"attnbench/attn"
	"attnbench/attn/pool"
)

// plan is a Forward of any rule, head by head.
type plan struct {
	pool.Parts
	driver
	states pool.FreeList[state]
}

func newPlan(s *shape, o attn.Options, form string) (attn.Plan, error) {
	x := &plan{driver: driver{s, newRule(s, form)}}
	var need state
	x.rule.memory(&need)
	x.rule.scratch(&need, &attn.Args{})
	if err := x.Init(s.p, o, s.p.Batch*s.p.QHeads, need.floats, x.head); err != nil {
		return nil, fmt.Errorf("%s: %w", form, err)
	}
	return x, nil
}

// head is part i of a Forward: one query head from its first row to its last.
func (x *plan) head(a *attn.Args, ws []float32, i int) {
	b, h := i/x.p.QHeads, i%x.p.QHeads
	st := x.states.Get()
	x.begin(st, a, ws, b, x.p.KVHead(h))
	x.walk(st, a, h)
	if a.StateN.Data != nil && h == x.firstHead(st.g) {
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

// finish takes the keys that no row saw, and writes the state to StateN. Only the first
// query head of a head group does so.
func (x *plan) finish(st *state, a *attn.Args) {
	x.update(st, a, st.keys)
	x.rule.store(st, a, st.b)
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
		q := x.sequence(b)
		keys := int64(q.reach(q.rows - 1))
		total += 2*int64(x.m)*int64(x.p.ValueDim)*(keys*reads+int64(q.rows)) + x.rule.pairFLOPs(q)
	}
	return total * int64(x.p.QHeads)
}
