package attn

import "testing"

// Tensors that only some rules have must be there, of their shapes, and nowhere else.
func TestCheckOfTheTensorsOfARule(t *testing.T) {
	rules := map[string]func(*Problem, *Args){
		"softmax":       func(*Problem, *Args) {},
		"softmax, bias": func(p *Problem, a *Args) { p.Bias, a.Bias = BiasShape{1, 4}, NewTensor(1, 4, 5, 9) },
		"linear:elu1":   func(_ *Problem, a *Args) { a.State0, a.Norm0 = NewTensor(2, 2, 3, 7), NewTensor(2, 2, 1, 3) },
		"linear:favor:8:1": func(_ *Problem, a *Args) {
			a.Projection, a.StateN, a.NormN = NewTensor(1, 1, 8, 3), NewTensor(2, 2, 8, 7), NewTensor(2, 2, 1, 8)
		},
		"gated-delta:head": func(_ *Problem, a *Args) {
			a.Decay, a.Beta, a.State0, a.StateN = NewTensor(2, 2, 9, 1), NewTensor(2, 2, 9, 1), NewTensor(2, 2, 3, 7), NewTensor(2, 2, 3, 7)
		},
		"gated:dim": func(_ *Problem, a *Args) { a.Decay = NewTensor(2, 2, 9, 3) },
	}
	for _, c := range []struct {
		rule, what string
		spoil      func(*Args)
		want       any
	}{
		{"softmax", "nothing", func(*Args) {}, nil},
		{"softmax", "a bias", func(a *Args) { a.Bias = NewTensor(1, 1, 5, 9) }, panicShape},
		{"softmax", "a state", func(a *Args) { a.State0, a.Norm0 = NewTensor(2, 2, 3, 7), NewTensor(2, 2, 1, 3) }, panicShape},
		{"softmax", "a last state", func(a *Args) { a.StateN = NewTensor(2, 2, 3, 7) }, panicShape},
		{"softmax", "a projection", func(a *Args) { a.Projection = NewTensor(1, 1, 8, 3) }, panicShape},
		{"softmax", "decay", func(a *Args) { a.Decay = NewTensor(2, 2, 9, 1) }, panicShape},
		{"softmax", "beta", func(a *Args) { a.Beta = NewTensor(2, 2, 9, 1) }, panicShape},
		{"softmax, bias", "nothing", func(*Args) {}, nil},
		{"softmax, bias", "no bias", func(a *Args) { a.Bias = Tensor{} }, panicShape},
		{"softmax, bias", "a bias of one head", func(a *Args) { a.Bias = NewTensor(1, 1, 5, 9) }, panicShape},
		{"softmax, bias", "a bias of fewer keys", func(a *Args) { a.Bias = NewTensor(1, 4, 5, 8) }, panicShape},
		{"softmax, bias", "a bias that is too short", func(a *Args) { a.Bias.Data = a.Bias.Data[1:] }, panicView},
		{"linear:elu1", "nothing", func(*Args) {}, nil},
		{"linear:elu1", "no normaliser", func(a *Args) { a.Norm0 = Tensor{} }, panicShape},
		{"linear:elu1", "a normaliser alone", func(a *Args) { a.State0 = Tensor{} }, panicShape},
		{"linear:elu1", "a state of the query heads", func(a *Args) { a.State0 = NewTensor(2, 4, 3, 7) }, panicShape},
		{"linear:elu1", "a transposed state", func(a *Args) { a.State0 = NewTensor(2, 2, 7, 3) }, panicShape},
		{"linear:elu1", "a projection", func(a *Args) { a.Projection = NewTensor(1, 1, 3, 3) }, panicShape},
		{"linear:favor:8:1", "nothing", func(*Args) {}, nil},
		{"linear:favor:8:1", "no projection", func(a *Args) { a.Projection = Tensor{} }, nil},
		{"linear:favor:8:1", "a projection of other features", func(a *Args) { a.Projection = NewTensor(1, 1, 9, 3) }, panicShape},
		{"linear:favor:8:1", "a projection of other dims", func(a *Args) { a.Projection = NewTensor(1, 1, 8, 4) }, panicShape},
		{"linear:favor:8:1", "a projection for each head", func(a *Args) { a.Projection = NewTensor(1, 4, 8, 3) }, panicShape},
		{"linear:favor:8:1", "a projection that is too short", func(a *Args) { a.Projection.Data = a.Projection.Data[1:] }, panicView},
		{"linear:favor:8:1", "a last state of other features", func(a *Args) { a.StateN = NewTensor(2, 2, 3, 7) }, panicShape},
		{"linear:favor:8:1", "a last state whose rows are folded", func(a *Args) { a.StateN.Stride[2] = 1 }, panicView},
		{"linear:favor:8:1", "Out in the last state", func(a *Args) {
			a.StateN.Data = append(a.Out.Data, make([]float32, 1000)...)[:len(a.Out.Data)]
			a.Out.Data = a.StateN.Data
		}, panicOverlap},
		{"gated-delta:head", "nothing", func(*Args) {}, nil},
		{"gated-delta:head", "no decay", func(a *Args) { a.Decay = Tensor{} }, panicShape},
		{"gated-delta:head", "a decay of every dim", func(a *Args) { a.Decay = NewTensor(2, 2, 9, 3) }, panicShape},
		{"gated-delta:head", "no beta", func(a *Args) { a.Beta = Tensor{} }, panicShape},
		{"gated-delta:head", "a beta of the query heads", func(a *Args) { a.Beta = NewTensor(2, 4, 9, 1) }, panicShape},
		{"gated-delta:head", "a normaliser", func(a *Args) { a.Norm0 = NewTensor(2, 2, 1, 3) }, panicShape},
		{"gated-delta:head", "one state for first and last", func(a *Args) { a.StateN = a.State0 }, panicOverlap},
		{"gated-delta:head", "a state that is too short", func(a *Args) { a.State0.Data = a.State0.Data[1:] }, panicView},
		{"gated:dim", "nothing", func(*Args) {}, nil},
		{"gated:dim", "a decay of the head", func(a *Args) { a.Decay = NewTensor(2, 2, 9, 1) }, panicShape},
		{"gated:dim", "beta", func(a *Args) { a.Beta = NewTensor(2, 2, 9, 1) }, panicShape},
	} {
		p := valid()
		a := Args{Out: NewTensor(2, 4, 5, 7), Q: NewTensor(2, 4, 5, 3), K: NewTensor(2, 2, 9, 3), V: NewTensor(2, 2, 9, 7)}
		if c.rule != "softmax, bias" {
			with(c.rule, nil)(&p)
		}
		rules[c.rule](&p, &a)
		c.spoil(&a)
		if got := panicOf(func() { a.Check(&p, nil, 0) }); got != c.want {
			t.Errorf("%s with %s: panics with %v: want %v", c.rule, c.what, got, c.want)
		}
	}
}

func panicOf(f func()) (message any) {
	defer func() { message = recover() }()
	f()
	return nil
}

func TestNewArgsFitTheirProblem(t *testing.T) {
	for _, p := range []Problem{
		{Rule: Rule{Kind: Recurrent, Decay: DimDecay, Delta: true}}, {Rule: Rule{Kind: Recurrent, Decay: HeadDecay}}, {Bias: BiasShape{2, 1}},
	} {
		p.Batch, p.QHeads, p.KVHeads, p.QLen, p.KVLen, p.HeadDim, p.ValueDim = 2, 4, 2, 3, 5, 6, 7
		a := NewArgs(p)
		a.Check(&p, nil, 0)
	}
}
