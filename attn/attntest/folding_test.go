package attntest_test

import (
	"cmp"
	"errors"
	"fmt"
	"sync"

	"attnbench/attn"
)

// folding is the recurrent rule without decay, token by token. Its bugs are those of a
// carried state: State0 is not read, or a row of StateN is not written. carry is a bug of its
// attn.CarriedState.
type folding struct {
	forgets, leavesOneOut bool
	carry                 bug
}

func (folding) Name() string { return "folding" }

func (v folding) Plan(p attn.Problem, o attn.Options) (attn.Plan, error) {
	if err := cmp.Or(p.Validate(), o.Validate()); err != nil {
		return nil, err
	}
	if p.Rule != (attn.Rule{Kind: attn.Recurrent}) || o.ISA != "" {
		return nil, fmt.Errorf("folding: %w", errors.ErrUnsupported)
	}
	x := &foldingPlan{folding: v, p: p, workers: max(1, o.Workers), pool: o.Pool}
	if x.pool == nil {
		x.pool = inOrder{}
	}
	x.tasks.New = func() any { return new(foldingTask) }
	return x, nil
}

type foldingPlan struct {
	folding
	p       attn.Problem
	workers int
	pool    attn.Pool
	tasks   sync.Pool
}

type foldingTask struct {
	x  *foldingPlan
	a  attn.Args
	ws []float32
}

func (t *foldingTask) Part(_, i int) { t.x.head(&t.a, t.ws, i) }

// Workspace is a state S [D, Dv] for every batch entry and query head, so that the
// heads are parts that any worker may run.
func (x *foldingPlan) Workspace() int {
	return x.p.Batch * x.p.QHeads * x.p.HeadDim * x.p.ValueDim
}

func (x *foldingPlan) Forward(a attn.Args, ws []float32) {
	a.Check(&x.p, ws, x.Workspace())
	t := x.tasks.Get().(*foldingTask)
	t.x, t.a, t.ws = x, a, ws
	x.pool.Run(t, x.p.Batch*x.p.QHeads, x.workers)
	x.tasks.Put(t)
}

func (x *foldingPlan) head(a *attn.Args, ws []float32, i int) {
	p := &x.p
	b, h, dv := i/p.QHeads, i%p.QHeads, p.ValueDim
	g := p.KVHead(h)
	s := ws[i*p.HeadDim*dv : (i+1)*p.HeadDim*dv]
	clear(s)
	if a.State0.Data != nil && !x.forgets {
		for r := range p.HeadDim {
			copy(s[r*dv:], a.State0.Row(b, g, r))
		}
	}
	taken, scale := 0, float32(p.Scale.Value(p.HeadDim))
	take := func(keys int) {
		for ; taken < keys; taken++ {
			for r, k := range a.K.Row(b, g, taken) {
				for c, v := range a.V.Row(b, g, taken) {
					s[r*dv+c] += k * v
				}
			}
		}
	}
	for row := range p.QLen {
		reach := p.Keys(b)
		if p.VisibilityMask() == attn.Causal() {
			reach = max(0, min(reach, p.Start(b)+row+1))
		}
		take(reach)
		out := a.Out.Row(b, h, row)
		clear(out)
		for r, q := range a.Q.Row(b, h, row) {
			for c := range out {
				out[c] += scale * q * s[r*dv+c]
			}
		}
	}
	if a.StateN.Data != nil && h == g*(p.QHeads/p.KVHeads) {
		take(p.Keys(b))
		for r := range p.HeadDim {
			if r > 0 || !x.leavesOneOut {
				copy(a.StateN.Row(b, g, r), s[r*dv:])
			}
		}
	}
}
