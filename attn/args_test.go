package attn

import (
	"math"
	"strings"
	"testing"
)

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
		want       string // of the panic; "" is none
	}{
		{"softmax", "nothing", func(*Args) {}, ""},
		{"softmax", "a bias", func(a *Args) { a.Bias = NewTensor(1, 1, 5, 9) }, "Bias has shape [1 1 5 9]: want none"},
		{"softmax", "a state", func(a *Args) { a.State0, a.Norm0 = NewTensor(2, 2, 3, 7), NewTensor(2, 2, 1, 3) }, "State0 has shape [2 2 3 7]: want none"},
		{"softmax", "a last state", func(a *Args) { a.StateN = NewTensor(2, 2, 3, 7) }, "StateN has shape [2 2 3 7]: want none"},
		{"softmax", "a projection", func(a *Args) { a.Projection = NewTensor(1, 1, 8, 3) }, "Projection has shape [1 1 8 3]: want none"},
		{"softmax", "decay", func(a *Args) { a.Decay = NewTensor(2, 2, 9, 1) }, "Decay has shape [2 2 9 1]: want none"},
		{"softmax", "beta", func(a *Args) { a.Beta = NewTensor(2, 2, 9, 1) }, "Beta has shape [2 2 9 1]: want none"},
		{"softmax, bias", "nothing", func(*Args) {}, ""},
		{"softmax, bias", "no bias", func(a *Args) { a.Bias = Tensor{} }, "Bias has shape [0 0 0 0]: want [1 4 5 9]"},
		{"softmax, bias", "a bias of one head", func(a *Args) { a.Bias = NewTensor(1, 1, 5, 9) }, "Bias has shape [1 1 5 9]: want [1 4 5 9]"},
		{"softmax, bias", "a bias of fewer keys", func(a *Args) { a.Bias = NewTensor(1, 4, 5, 8) }, "Bias has shape [1 4 5 8]: want [1 4 5 9]"},
		{"softmax, bias", "a bias that is too short", func(a *Args) { a.Bias.Data = a.Bias.Data[1:] }, "Bias has strides [180 45 9]: want its shape [1 4 5 9] to lie within its 179 float32s"},
		{"linear:elu1", "nothing", func(*Args) {}, ""},
		{"linear:elu1", "no normaliser", func(a *Args) { a.Norm0 = Tensor{} }, "Norm0 has shape [0 0 0 0]: want [2 2 1 3]"},
		{"linear:elu1", "a normaliser alone", func(a *Args) { a.State0 = Tensor{} }, "Norm0 has shape [2 2 1 3]: want none"},
		{"linear:elu1", "a state of the query heads", func(a *Args) { a.State0 = NewTensor(2, 4, 3, 7) }, "State0 has shape [2 4 3 7]: want [2 2 3 7]"},
		{"linear:elu1", "a transposed state", func(a *Args) { a.State0 = NewTensor(2, 2, 7, 3) }, "State0 has shape [2 2 7 3]: want [2 2 3 7]"},
		{"linear:elu1", "a projection", func(a *Args) { a.Projection = NewTensor(1, 1, 3, 3) }, "Projection has shape [1 1 3 3]: want none"},
		{"linear:favor:8:1", "nothing", func(*Args) {}, ""},
		{"linear:favor:8:1", "no projection", func(a *Args) { a.Projection = Tensor{} }, ""},
		{"linear:favor:8:1", "a projection of other features", func(a *Args) { a.Projection = NewTensor(1, 1, 9, 3) }, "Projection has shape [1 1 9 3]: want [1 1 8 3]"},
		{"linear:favor:8:1", "a projection of other dims", func(a *Args) { a.Projection = NewTensor(1, 1, 8, 4) }, "Projection has shape [1 1 8 4]"},
		{"linear:favor:8:1", "a projection for each head", func(a *Args) { a.Projection = NewTensor(1, 4, 8, 3) }, "Projection has shape [1 4 8 3]"},
		{"linear:favor:8:1", "a projection that is too short", func(a *Args) { a.Projection.Data = a.Projection.Data[1:] }, "Projection has strides [24 24 3]: want its shape"},
		{"linear:favor:8:1", "a last state of other features", func(a *Args) { a.StateN = NewTensor(2, 2, 3, 7) }, "StateN has shape [2 2 3 7]: want [2 2 8 7]"},
		{"linear:favor:8:1", "a last state whose rows are folded", func(a *Args) { a.StateN.Stride[2] = 1 }, "StateN has strides [112 56 1]: want rows of shape [2 2 8 7] that share no memory"},
		{"linear:favor:8:1", "Out in the last state", func(a *Args) {
			a.StateN.Data = append(a.Out.Data, make([]float32, 1000)...)[:len(a.Out.Data)]
			a.Out.Data = a.StateN.Data
		}, "StateN has memory in common with Out: want memory of its own"},
		{"linear:favor:8:1", "logarithms of a scale", func(a *Args) {
			a.State0, a.Norm0, a.LogScale0 = NewTensor(2, 2, 8, 7), NewTensor(2, 2, 1, 8), make([]float32, 4)
			a.LogScaleN = make([]float32, 4)
		}, ""},
		{"linear:favor:8:1", "a LogScaleN of the query heads", func(a *Args) { a.LogScaleN = make([]float32, 8) }, "LogScaleN has 8 float32s: want Batch·KVHeads = 4"},
		{"linear:favor:8:1", "a LogScale0 without State0", func(a *Args) { a.LogScale0 = make([]float32, 4) }, "LogScale0 has 4 float32s: want none"},
		{"linear:favor:8:1", "a LogScale0 of NaN", func(a *Args) {
			a.State0, a.Norm0, a.LogScale0 = NewTensor(2, 2, 8, 7), NewTensor(2, 2, 1, 8), []float32{0, 0, float32(math.NaN()), 0}
		}, "LogScale0 has NaN at kv head 0 of batch entry 1: want a finite number"},
		{"linear:favor:8:1", "one LogScale for first and last", func(a *Args) {
			a.State0, a.Norm0, a.LogScale0 = NewTensor(2, 2, 8, 7), NewTensor(2, 2, 1, 8), make([]float32, 4)
			a.LogScaleN = a.LogScale0
		}, "LogScaleN has memory in common with LogScale0"},
		{"linear:favor:8:1", "a LogScaleN in NormN", func(a *Args) { a.LogScaleN = a.NormN.Data[:4] }, "NormN has memory in common with LogScaleN"},
		{"linear:elu1", "a LogScale0", func(a *Args) { a.LogScale0 = make([]float32, 4) }, "LogScale0 has 4 float32s: want none"},
		{"gated-delta:head", "a LogScaleN", func(a *Args) { a.LogScaleN = make([]float32, 4) }, "LogScaleN has 4 float32s: want none"},
		{"gated-delta:head", "nothing", func(*Args) {}, ""},
		{"gated-delta:head", "no decay", func(a *Args) { a.Decay = Tensor{} }, "Decay has shape [0 0 0 0]: want [2 2 9 1]"},
		{"gated-delta:head", "a decay of every dim", func(a *Args) { a.Decay = NewTensor(2, 2, 9, 3) }, "Decay has shape [2 2 9 3]: want [2 2 9 1]"},
		{"gated-delta:head", "no beta", func(a *Args) { a.Beta = Tensor{} }, "Beta has shape [0 0 0 0]: want [2 2 9 1]"},
		{"gated-delta:head", "a beta of the query heads", func(a *Args) { a.Beta = NewTensor(2, 4, 9, 1) }, "Beta has shape [2 4 9 1]"},
		{"gated-delta:head", "a normaliser", func(a *Args) { a.Norm0 = NewTensor(2, 2, 1, 3) }, "Norm0 has shape [2 2 1 3]: want none"},
		{"gated-delta:head", "one state for first and last", func(a *Args) { a.StateN = a.State0 }, "StateN has memory in common with State0"},
		{"gated-delta:head", "a state that is too short", func(a *Args) { a.State0.Data = a.State0.Data[1:] }, "State0 has strides [42 21 7]"},
		{"gated:dim", "nothing", func(*Args) {}, ""},
		{"gated:dim", "a decay of the head", func(a *Args) { a.Decay = NewTensor(2, 2, 9, 1) }, "Decay has shape [2 2 9 1]: want [2 2 9 3]"},
		{"gated:dim", "beta", func(a *Args) { a.Beta = NewTensor(2, 2, 9, 1) }, "Beta has shape [2 2 9 1]: want none"},
	} {
		p := valid()
		a := Args{Out: NewTensor(2, 4, 5, 7), Q: NewTensor(2, 4, 5, 3), K: NewTensor(2, 2, 9, 3), V: NewTensor(2, 2, 9, 7)}
		if c.rule != "softmax, bias" {
			with(c.rule, nil)(&p)
		}
		rules[c.rule](&p, &a)
		c.spoil(&a)
		checkMisuse(t, c.rule+" with "+c.what, func() { a.Check(&p, nil, 0) }, c.want)
	}
}

// checkMisuse calls f, which must panic with a MisuseError of one line that says want, or
// not at all where want is "".
func checkMisuse(t *testing.T, what string, f func(), want string) {
	t.Helper()
	caught := panicOf(f)
	if caught == nil && want == "" {
		return
	}
	err, ok := caught.(*MisuseError)
	if !ok || want == "" {
		t.Errorf("%s: panics with %v: want %q", what, caught, want)
	} else if text := err.Error(); !strings.HasPrefix(text, "attn: "+want) || !strings.HasPrefix(want, err.Tensor+" ") || strings.Contains(text, "\n") {
		t.Errorf("%s: the MisuseError of %s says %q: want %q", what, err.Tensor, text, want)
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
