package harness

import (
	"errors"
	"fmt"

	"attnbench/attn"
)

// forward runs plan once; a panic becomes an error.
func forward(plan attn.Plan, a attn.Args, ws []float32) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panicked: %v", r)
		}
	}()
	plan.Forward(a, ws)
	return nil
}

// selection selects once; a panic becomes an error.
func selection(s attn.Selector, a attn.Args, ws []float32) (p attn.Problem, attend attn.Plan, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the selection panicked: %v", r)
		}
	}()
	p, attend = s.Select(a, ws)
	return p, attend, nil
}

// newState makes a State; a panic becomes an error.
func newState(v attn.Variant, p attn.Problem, o attn.Options) (st attn.State, err error) {
	d, ok := v.(attn.Decoder)
	if !ok {
		return nil, fmt.Errorf("%s: keeps no state of a sequence: %w", v.Name(), errors.ErrUnsupported)
	}
	defer func() {
		if r := recover(); r != nil {
			st, err = nil, fmt.Errorf("NewState panicked: %v", r)
		}
	}()
	return d.NewState(p, o)
}

// appendTo and extend call the State; a panic becomes an error.
func appendTo(st attn.State, a attn.Args, n []int) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("Append panicked: %v", r)
		}
	}()
	a.Q, a.Out = attn.Tensor{}, attn.Tensor{}
	return st.Append(a, n)
}

func extend(st attn.State, a attn.Args, n []int, ws []float32) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("Extend panicked: %v", r)
		}
	}()
	return st.Extend(a, n, ws)
}
