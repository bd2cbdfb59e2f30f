package workload

import (
	"errors"
	"fmt"

	"attnbench/attn"
	"attnbench/harness/check"
)

// newState makes a State; a panic becomes an error.
func newState(v attn.Variant, p attn.Problem, o attn.Options) (st attn.State, err error) {
	d, ok := v.(attn.Decoder)
	if !ok {
		return nil, fmt.Errorf("%s: keeps no state of a sequence: %w", v.Name(), errors.ErrUnsupported)
	}
	defer check.Recovered(&err, "NewState ")
	return d.NewState(p, o)
}

// appendTo and extend call the State; a panic becomes an error.
func appendTo(st attn.State, a attn.Args, n []int) (err error) {
	defer check.Recovered(&err, "Append ")
	a.Q, a.Out = attn.Tensor{}, attn.Tensor{}
	return st.Append(a, n)
}

func extend(st attn.State, a attn.Args, n []int, ws []float32) (err error) {
	defer check.Recovered(&err, "Extend ")
	return st.Extend(a, n, ws)
}
