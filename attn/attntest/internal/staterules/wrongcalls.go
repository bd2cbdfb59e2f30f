package staterules

import (
	"attnbench/attn"
	"attnbench/attn/attntest/internal/kit"
)

// wrongCall is an Extend, and perhaps an Append, of tensors or counts that do not fit.
type wrongCall struct {
	what    string
	rows    int
	n       []int  // nil: all rows
	appends bool   // Append must refuse it as well
	panics  string // the tensor that an attn.MisuseError names; "" where it is an error
	spoil   func(a *attn.Args, ws *[]float32)
}

// wrongCalls are what a State of p, which has two batch entries, must refuse.
func wrongCalls(p attn.Problem) []wrongCall {
	list := []wrongCall{
		{what: "more rows than QLen", rows: p.QLen + 1},
		{what: "more rows than QLen, of which few are taken", rows: p.QLen + 1, n: []int{1, 2}},
		{what: "n of one entry", rows: 3, n: []int{1}, appends: true},
		{what: "n of three entries", rows: 3, n: []int{1, 1, 1}, appends: true},
		{what: "an empty n", rows: 3, n: []int{}, appends: true},
		{what: "a negative n", rows: 3, n: []int{1, -1}, appends: true},
		{what: "n larger than the rows", rows: 3, n: []int{4, 1}, appends: true},
		{what: "n of zeros", rows: 3, n: []int{0, 0}, appends: true},
		{what: "no rows", rows: 3, appends: true, spoil: func(a *attn.Args, _ *[]float32) {
			for _, t := range []*attn.Tensor{&a.Q, &a.K, &a.V, &a.Out, &a.Decay, &a.Beta} {
				t.Shape[2] = 0
			}
		}},
		{what: "no tensors", rows: 1, appends: true, spoil: func(a *attn.Args, _ *[]float32) {
			*a = attn.Args{Q: a.Q, Out: a.Out}
		}},
	}
	// Tensors of another Problem: a batch entry, a head, a row or an element more.
	for along, name := range []string{"batch entries", "heads", "rows", "elements"} {
		for i, tensor := range []string{"Q", "K", "V", "Out", "Decay", "Beta"} {
			list = append(list, wrongCall{what: "a " + tensor + " of more " + name, rows: 2, n: []int{1, 2}, appends: tensor != "Q" && tensor != "Out",
				spoil: func(a *attn.Args, _ *[]float32) {
					t := []*attn.Tensor{&a.Q, &a.K, &a.V, &a.Out, &a.Decay, &a.Beta}[i]
					if t.Data == nil {
						a.Q = attn.Tensor{}
						return
					}
					*t = resized(*t, along, 1)
				}})
		}
	}
	for along, name := range []string{"batch entry", "head", "row", "element"} {
		list = append(list, wrongCall{what: "all of one " + name + " less", rows: 2, appends: along != 2, n: []int{1, 2}, spoil: func(a *attn.Args, _ *[]float32) {
			if along == 2 { // fewer queries than keys
				a.Q, a.Out = resized(a.Q, along, -1), resized(a.Out, along, -1)
				return
			}
			for _, t := range []*attn.Tensor{&a.Q, &a.K, &a.V, &a.Out} {
				if t.Shape[along] > 1 {
					*t = resized(*t, along, -1)
				}
			}
		}})
	}
	list = append(list, wrongCall{what: "a V whose data is too short", rows: 2, appends: true, spoil: func(a *attn.Args, _ *[]float32) {
		a.V.Data = a.V.Data[:len(a.V.Data)-1]
	}})
	list = append(list, wrongCall{what: "a Q whose data is too short", rows: 2, spoil: func(a *attn.Args, _ *[]float32) {
		a.Q.Data = a.Q.Data[:len(a.Q.Data)-1]
	}})
	list = append(list, wrongCall{what: "a Decay that is missing or not asked for", rows: 2, appends: true, spoil: func(a *attn.Args, _ *[]float32) {
		if a.Decay.Data != nil {
			a.Decay = attn.Tensor{}
		} else {
			a.Decay = attn.NewTensor(p.Batch, p.KVHeads, 2, 1)
		}
	}})
	list = append(list, wrongCall{what: "a Beta that is missing or not asked for", rows: 2, appends: true, spoil: func(a *attn.Args, _ *[]float32) {
		if a.Beta.Data != nil {
			a.Beta = attn.Tensor{}
		} else {
			a.Beta = attn.NewTensor(p.Batch, p.KVHeads, 2, 1)
		}
	}})
	list = append(list, wrongCall{what: "a Bias", rows: 2, spoil: func(a *attn.Args, _ *[]float32) { a.Bias = attn.NewTensor(1, 1, 2, 2) }})
	state := attn.NewTensor(p.Batch, p.KVHeads, p.Features(), p.ValueDim)
	list = append(list, wrongCall{what: "a State0", rows: 2, spoil: func(a *attn.Args, _ *[]float32) { a.State0 = state }})
	list = append(list, wrongCall{what: "a StateN", rows: 2, spoil: func(a *attn.Args, _ *[]float32) { a.StateN = state }})
	list = append(list, wrongCall{what: "a Projection", rows: 2, spoil: func(a *attn.Args, _ *[]float32) {
		a.Projection = attn.NewTensor(1, 1, p.Features(), p.HeadDim)
	}})
	list = append(list, wrongCall{what: "an LSE of another length, or of no softmax", rows: 2, spoil: func(a *attn.Args, _ *[]float32) {
		a.LSE = make([]float32, p.Batch*p.QHeads*2+1)
	}})
	return append(list, panicking()...)
}

// panicking are the calls that panic, as misuse of Forward does.
func panicking() []wrongCall {
	return []wrongCall{
		{what: "a short workspace", rows: 2, panics: "workspace", spoil: func(a *attn.Args, ws *[]float32) {
			if len(*ws) == 0 {
				a.Q = attn.Tensor{}
				return
			}
			*ws = (*ws)[:len(*ws)-1]
		}},
		{what: "an Out that overlaps V", rows: 2, panics: "Out", spoil: func(a *attn.Args, _ *[]float32) {
			shared := kit.NaN(len(a.V.Data) + len(a.Out.Data))
			copy(shared, a.V.Data)
			a.V.Data, a.Out.Data = shared[:len(a.V.Data)], shared[len(a.V.Data)-1:]
		}},
		{what: "an Out that overlaps Q", rows: 2, panics: "Out", spoil: func(a *attn.Args, _ *[]float32) {
			shared := kit.NaN(len(a.Q.Data) + len(a.Out.Data))
			copy(shared, a.Q.Data)
			a.Q.Data, a.Out.Data = shared[:len(a.Q.Data)], shared[len(a.Q.Data)-1:]
		}},
		{what: "an Out that overlaps the workspace", rows: 2, panics: "Out", spoil: func(a *attn.Args, ws *[]float32) {
			if len(*ws) == 0 {
				a.Q = attn.Tensor{}
				return
			}
			shared := kit.NaN(len(*ws) + len(a.Out.Data))
			*ws, a.Out.Data = shared[:len(*ws):len(*ws)], shared[len(*ws)-1:]
		}},
		{what: "an Out whose rows overlap", rows: 2, panics: "Out", spoil: func(a *attn.Args, _ *[]float32) { a.Out.Stride[2] = 1 }},
	}
}

// resized returns a tensor of t's shape with more along one dimension.
func resized(t attn.Tensor, along, more int) attn.Tensor {
	t.Shape[along] += more
	return attn.NewTensor(t.Shape[0], t.Shape[1], t.Shape[2], t.Shape[3])
}
