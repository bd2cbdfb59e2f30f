package attn

import (
	"errors"
	"math"
	"strings"
	"testing"
)

// chunk is what Extend takes of p: rows tokens of every entry.
func chunk(p *Problem, rows int) Args {
	a := Args{
		Q: NewTensor(p.Batch, p.QHeads, rows, p.HeadDim), K: NewTensor(p.Batch, p.KVHeads, rows, p.HeadDim),
		V: NewTensor(p.Batch, p.KVHeads, rows, p.ValueDim), Out: NewTensor(p.Batch, p.QHeads, rows, p.ValueDim),
	}
	q := *p
	q.KVLen = rows
	for _, t := range []struct {
		into  *Tensor
		shape [4]int
	}{{&a.Decay, q.decayShape()}, {&a.Beta, q.betaShape()}} {
		if t.shape != [4]int{} {
			*t.into = NewTensor(t.shape[0], t.shape[1], t.shape[2], t.shape[3])
		}
	}
	return a
}

func TestCheckAppendNamesWhatDoesNotFit(t *testing.T) {
	for _, c := range []struct {
		rule, message string // "" is none
		n             []int
		rows          int
		spoil         func(*Args)
	}{
		{"softmax", "", nil, 4, nil},
		{"softmax", "", []int{4, 0}, 9, nil},
		{"softmax", "", []int{4, 6}, 6, nil},
		{"softmax", "", nil, 1, func(a *Args) { a.Q, a.Out = Tensor{}, Tensor{} }},
		{"gated-delta:dim", "", nil, 4, nil},
		{"softmax", "K has shape [2 2 0 3]: want at least one row", nil, 1, func(a *Args) { a.K.Shape[2] = 0 }},
		{"softmax", "K has shape [0 0 0 0]", nil, 1, func(a *Args) { a.K = Tensor{} }},
		{"softmax", "K has shape [2 2 -1 3]", nil, 1, func(a *Args) { a.K.Shape[2] = -1 }},
		{"softmax", "K has shape [3 2 4 3]: want [2 2 4 3]", nil, 4, func(a *Args) { a.K = NewTensor(3, 2, 4, 3) }},
		{"softmax", "K has shape [2 4 4 3]", nil, 4, func(a *Args) { a.K = NewTensor(2, 4, 4, 3) }},
		{"softmax", "K has shape [2 2 4 4]", nil, 4, func(a *Args) { a.K = NewTensor(2, 2, 4, 4) }},
		{"softmax", "K has strides", nil, 4, func(a *Args) { a.K.Data = a.K.Data[1:] }},
		{"softmax", "K has strides", nil, 4, func(a *Args) { a.K.Stride[2] = -3 }},
		{"softmax", "V has shape [2 2 5 7]: want [2 2 4 7]", nil, 4, func(a *Args) { a.V = NewTensor(2, 2, 5, 7) }},
		{"softmax", "V has strides", nil, 4, func(a *Args) { a.V.Data = nil }},
		{"softmax", "Decay has shape", nil, 4, func(a *Args) { a.Decay = NewTensor(2, 2, 4, 1) }},
		{"softmax", "Beta has shape", nil, 4, func(a *Args) { a.Beta = NewTensor(2, 2, 4, 1) }},
		{"gated-delta:dim", "Decay has shape [2 2 4 1]: want [2 2 4 3]", nil, 4, func(a *Args) { a.Decay = NewTensor(2, 2, 4, 1) }},
		{"gated-delta:dim", "Decay has shape [0 0 0 0]", nil, 4, func(a *Args) { a.Decay = Tensor{} }},
		{"gated-delta:dim", "Decay has strides", nil, 4, func(a *Args) { a.Decay.Data = a.Decay.Data[1:] }},
		{"gated-delta:head", "Beta has shape [0 0 0 0]: want [2 2 4 1]", nil, 4, func(a *Args) { a.Beta = Tensor{} }},
		{"softmax", "Bias", nil, 4, func(a *Args) { a.Bias = NewTensor(1, 1, 4, 4) }},
		{"linear:elu1", "State0", nil, 4, func(a *Args) { a.State0, a.Norm0 = NewTensor(2, 2, 3, 7), NewTensor(2, 2, 1, 3) }},
		{"linear:elu1", "NormN", nil, 4, func(a *Args) { a.NormN = NewTensor(2, 2, 1, 3) }},
		{"linear:favor:8:1", "Projection", nil, 4, func(a *Args) { a.Projection = NewTensor(1, 1, 8, 3) }},
		{"softmax", "n has 1 entries: want Batch = 2", []int{1}, 4, nil},
		{"softmax", "n has 0 entries", []int{}, 4, nil},
		{"softmax", "n has 3 entries", []int{1, 1, 1}, 4, nil},
		{"softmax", "n[1] is -1: want 0 to the 4 rows of K", []int{1, -1}, 4, nil},
		{"softmax", "n[0] is 5: want 0 to the 4 rows of K", []int{5, 0}, 4, nil},
		{"softmax", "n is 0 for every batch entry", []int{0, 0}, 4, nil},
		{"softmax", "batch entry 0 holds 5 tokens and takes 5 more: its capacity is 9", []int{5, 1}, 5, nil},
		{"softmax", "batch entry 1 holds 3 tokens and takes 7 more", []int{1, 7}, 7, nil},
		{"softmax", "batch entry 0 holds 5 tokens and takes 5 more", nil, 5, nil},
		{"softmax", "takes 9223372036854775807 more", []int{math.MaxInt, 1}, 4, func(a *Args) {
			a.K.Shape[2], a.V.Shape[2], a.K.Stride, a.V.Stride = math.MaxInt, math.MaxInt, [3]int{}, [3]int{}
		}},
	} {
		p := growing()
		with(c.rule, nil)(&p)
		a := chunk(&p, c.rows)
		if c.spoil != nil {
			c.spoil(&a)
		}
		err := a.CheckAppend(&p, []int{5, 3}, c.n)
		if (err == nil) != (c.message == "") || err != nil && !strings.Contains(err.Error(), c.message) {
			t.Errorf("%s, n %v: the error is %v: want %q", c.rule, c.n, err, c.message)
		}
		if full := strings.Contains(c.message, " more"); errors.Is(err, ErrFull) != full {
			t.Errorf("%s, n %v: the error is %v: want ErrFull: %v", c.rule, c.n, err, full)
		}
	}
}

func TestCheckExtendNamesWhatDoesNotFit(t *testing.T) {
	overlapping := func(a *Args, t *Tensor) {
		shared := make([]float32, len(t.Data)+len(a.Out.Data))
		t.Data, a.Out.Data = shared[:len(t.Data)], shared[len(t.Data)-1:]
	}
	for _, c := range []struct {
		rule, message string // of the error; of the panic where it begins with attn
		n             []int
		rows, ws      int
		spoil         func(*Args)
	}{
		{"softmax", "", nil, 4, 10, nil},
		{"softmax", "", []int{0, 5}, 5, 11, nil},
		{"softmax", "", nil, 4, 10, func(a *Args) { a.LSE = make([]float32, 2*4*4) }},
		{"retention", "", nil, 4, 10, nil},
		{"softmax", "V has shape", nil, 4, 10, func(a *Args) { a.V = Tensor{} }},
		{"softmax", "n is 0", []int{0, 0}, 4, 10, nil},
		{"softmax", "takes 5 more: its capacity is 9", nil, 5, 10, nil},
		{"softmax", "Extend by 6 rows: want at most QLen = 5", []int{1, 1}, 6, 10, nil},
		{"softmax", "Q has shape [2 4 3 3]: want [2 4 4 3]", nil, 4, 10, func(a *Args) { a.Q = NewTensor(2, 4, 3, 3) }},
		{"softmax", "Q has shape [2 2 4 3]", nil, 4, 10, func(a *Args) { a.Q = NewTensor(2, 2, 4, 3) }},
		{"softmax", "Q has strides", nil, 4, 10, func(a *Args) { a.Q.Data = a.Q.Data[1:] }},
		{"softmax", "Out has shape [2 4 4 3]: want [2 4 4 7]", nil, 4, 10, func(a *Args) { a.Out = NewTensor(2, 4, 4, 3) }},
		{"softmax", "Out has shape [0 0 0 0]", nil, 4, 10, func(a *Args) { a.Out = Tensor{} }},
		{"softmax", "Out has strides", nil, 4, 10, func(a *Args) { a.Out.Data = a.Out.Data[1:] }},
		{"softmax", "Bias, State0", nil, 4, 10, func(a *Args) { a.Bias = NewTensor(1, 1, 4, 4) }},
		{"delta", "Bias, State0", nil, 4, 10, func(a *Args) { a.State0 = NewTensor(2, 2, 3, 7) }},
		{"linear:favor:8:1", "LogScale0", nil, 4, 10, func(a *Args) { a.LogScale0 = make([]float32, 4) }},
		{"delta", "StateN", nil, 4, 10, func(a *Args) { a.StateN = NewTensor(2, 2, 3, 7) }},
		{"linear:favor:8:1", "Projection", nil, 4, 10, func(a *Args) { a.Projection = NewTensor(1, 1, 8, 3) }},
		{"softmax", "LSE has 33 elements: want Batch·QHeads·rows = 32", nil, 4, 10, func(a *Args) { a.LSE = make([]float32, 33) }},
		{"linear:elu1", "LSE has 32 elements", nil, 4, 10, func(a *Args) { a.LSE = make([]float32, 32) }},
		{"softmax", "attn: workspace has 9 float32s: want at least 10", nil, 4, 9, nil},
		{"softmax", "attn: Out has memory in common with K", nil, 4, 10, func(a *Args) { overlapping(a, &a.K) }},
		{"softmax", "attn: Out has memory in common with Q", nil, 4, 10, func(a *Args) { overlapping(a, &a.Q) }},
		{"delta", "attn: Out has memory in common with Beta", nil, 4, 10, func(a *Args) { overlapping(a, &a.Beta) }},
		{"softmax", "attn: Out has memory in common with LSE", nil, 4, 10, func(a *Args) { a.LSE = a.Out.Data[:32] }},
		{"softmax", "attn: Out has strides [112 28 6]: want rows", nil, 4, 10, func(a *Args) { a.Out.Stride[2] = 6 }},
	} {
		p := growing()
		with(c.rule, nil)(&p)
		a := chunk(&p, c.rows)
		if c.spoil != nil {
			c.spoil(&a)
		}
		var err error
		call := func() { err = a.CheckExtend(&p, []int{5, 3}, c.n, make([]float32, c.ws), 10) }
		if misuse, ok := strings.CutPrefix(c.message, "attn: "); ok {
			checkMisuse(t, c.rule, call, misuse)
			continue
		}
		if call(); (err == nil) != (c.message == "") || err != nil && !strings.Contains(err.Error(), c.message) {
			t.Errorf("%s, n %v: the error is %v: want %q", c.rule, c.n, err, c.message)
		}
	}
}

// Every step makes these checks.
func TestChecksOfAStepDoNotAllocate(t *testing.T) {
	p := growing()
	with("gated-delta:dim", nil)(&p)
	good, ws, lens := chunk(&p, 1), make([]float32, 10), []int{5, 3}
	var err error
	if n := testing.AllocsPerRun(20, func() {
		a := good
		if e := a.CheckExtend(&p, lens, nil, ws, 10); e != nil {
			err = e
		}
	}); n != 0 || err != nil {
		t.Errorf("%v allocations, and error %v", n, err)
	}
}
