package pool_test

import (
	"cmp"
	"errors"
	"fmt"

	"attnbench/attn"
	"attnbench/attn/pool"
)

// mean is a kernel for the scale 0, under which every weight of a row is the same. A part
// is one head; its scratch holds one sum for each column of V.
type mean struct {
	pool.Parts
	p attn.Problem
}

func newMean(p attn.Problem, o attn.Options) (attn.Plan, error) {
	if err := cmp.Or(p.Validate(), o.Validate()); err != nil {
		return nil, err
	}
	if p.Scale.Value(p.HeadDim) != 0 || p.VisibilityMask() != attn.Full() || p.KVLens != nil || p.Rule != (attn.Rule{}) || len(p.Modifiers()) > 1 {
		return nil, fmt.Errorf("mean: %v: %w", p, errors.ErrUnsupported)
	}
	x := &mean{p: p}
	if err := x.Init(p, o, p.Batch*p.QHeads, p.ValueDim, x.head); err != nil {
		return nil, err
	}
	return x, nil
}

func (x *mean) head(a *attn.Args, sums []float32, i int) {
	b, h := i/x.p.QHeads, i%x.p.QHeads
	clear(sums[:x.p.ValueDim])
	for j := range x.p.KVLen {
		for c, v := range a.V.Row(b, x.p.KVHead(h), j) {
			sums[c] += v / float32(x.p.KVLen)
		}
	}
	for i := range x.p.QLen {
		copy(a.Out.Row(b, h, i), sums)
	}
}

// A kernel of your own brings the function that computes one part.
func Example() {
	p := attn.Problem{Batch: 1, QHeads: 4, KVHeads: 2, QLen: 3, KVLen: 8, HeadDim: 16, ValueDim: 2, Scale: attn.ScaleOf(0)}
	plan, err := newMean(p, attn.Options{Workers: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	a := attn.NewArgs(p)
	for i := range a.V.Data {
		a.V.Data[i] = float32(i)
	}
	plan.Forward(a, make([]float32, plan.Workspace()))
	fmt.Println(a.Out.Row(0, 3, 2))
	// Output: [23 24]
}
