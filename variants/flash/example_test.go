package flash_test

import (
	"fmt"

	"attnbench/attn"
	"attnbench/variants/flash"
)

// A Plan is made once and computes its Problem any number of times.
func Example() {
	p := attn.Problem{Batch: 1, QHeads: 8, KVHeads: 2, QLen: 100, KVLen: 100, HeadDim: 64, ValueDim: 64, Mask: attn.Causal()}
	plan, err := flash.New().Plan(p, attn.Options{Workers: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	a := attn.Args{
		Out: attn.NewTensor(1, 8, 100, 64), Q: attn.NewTensor(1, 8, 100, 64),
		K: attn.NewTensor(1, 2, 100, 64), V: attn.NewTensor(1, 2, 100, 64),
	}
	for i := range a.V.Data {
		a.V.Data[i] = 3
	}
	plan.Forward(a, make([]float32, plan.Workspace()))
	fmt.Println(a.Out.Row(0, 7, 99)[0])
	// Output: 3
}

// A State takes a prompt whole and then one token at a time.
func Example_decode() {
	p := attn.Problem{Batch: 1, QHeads: 8, KVHeads: 2, QLen: 16, KVLen: 100, HeadDim: 64, ValueDim: 64, Mask: attn.Causal()}
	state, err := flash.New().NewState(p, attn.Options{Workers: 2})
	if err != nil {
		fmt.Println(err)
		return
	}
	ws := make([]float32, state.Workspace())
	for _, rows := range []int{16, 1, 1} {
		a := attn.Args{
			Out: attn.NewTensor(1, 8, rows, 64), Q: attn.NewTensor(1, 8, rows, 64),
			K: attn.NewTensor(1, 2, rows, 64), V: attn.NewTensor(1, 2, rows, 64),
		}
		if err := state.Extend(a, nil, ws); err != nil {
			fmt.Println(err)
			return
		}
	}
	fmt.Println(state.Len(0), "tokens in", state.Bytes(), "bytes")
	// Output: 18 tokens in 102408 bytes
}
