package harness

import (
	"errors"
	"fmt"

	"attnbench/attn"
)

// recovered turns a panic of the deferring function into its error.
func recovered(err *error, what string) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("%spanicked: %v", what, r)
	}
}

// forward runs the plan once; a panic becomes an error.
func forward(plan attn.Plan, a attn.Args, ws []float32) (err error) {
	defer recovered(&err, "")
	plan.Forward(a, ws)
	return nil
}

// selection selects once; a panic becomes an error.
func selection(s attn.Selector, a attn.Args, ws []float32) (p attn.Problem, attend attn.Plan, err error) {
	defer recovered(&err, "the selection ")
	p, attend = s.Select(a, ws)
	return p, attend, nil
}

// newState makes a State; a panic becomes an error.
func newState(v attn.Variant, p attn.Problem, o attn.Options) (st attn.State, err error) {
	d, ok := v.(attn.Decoder)
	if !ok {
		return nil, fmt.Errorf("%s: keeps no state of a sequence: %w", v.Name(), errors.ErrUnsupported)
	}
	defer recovered(&err, "NewState ")
	return d.NewState(p, o)
}

// appendTo and extend call the State; a panic becomes an error.
func appendTo(st attn.State, a attn.Args, n []int) (err error) {
	defer recovered(&err, "Append ")
	a.Q, a.Out = attn.Tensor{}, attn.Tensor{}
	return st.Append(a, n)
}

func extend(st attn.State, a attn.Args, n []int, ws []float32) (err error) {
	defer recovered(&err, "Extend ")
	return st.Extend(a, n, ws)
}
