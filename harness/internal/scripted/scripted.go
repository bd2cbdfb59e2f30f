// Package scripted is a variant for tests of the harness: the oracle itself, whose calls are
// counted and may go wrong, take long, or need much memory.
package scripted

import (
	"errors"
	"fmt"
	"time"

	"attnbench/attn"
	"attnbench/internal/oracle"
)

// Variant computes every Problem by the oracle.
type Variant struct {
	ID          string
	Floats      int // of workspace
	Calls       *int
	After       func(call int, out attn.Tensor) // spoils the output of a call
	Spoils      func(a attn.Args) bool          // adds 1 to an output where it is true of the inputs
	Sleep       time.Duration                   // for 256 tokens, growing as N²
	Unsupported bool
	Mask        attn.Mask // of the typical Problem, where not nil
	Rule        attn.Rule
}

// Name implements [attn.Variant].
func (v Variant) Name() string { return v.ID }

// Typical implements [attn.Typical].
func (v Variant) Typical(p attn.Problem) attn.Problem {
	if v.Mask != nil {
		p.Mask, p.Rule = v.Mask, v.Rule
	}
	return p
}

// Plan implements [attn.Variant].
func (v Variant) Plan(p attn.Problem, _ attn.Options) (attn.Plan, error) {
	if v.Unsupported {
		return nil, fmt.Errorf("%s: not today: %w", v.ID, errors.ErrUnsupported)
	}
	return plan{v, p}, p.Validate()
}

type plan struct {
	Variant
	p attn.Problem
}

// Workspace implements [attn.Plan].
func (x plan) Workspace() int { return x.Floats }

// Forward implements [attn.Plan].
func (x plan) Forward(a attn.Args, _ []float32) {
	if x.Sleep > 0 {
		n := time.Duration(x.p.QLen)
		time.Sleep(x.Sleep * n * n / (256 * 256))
	}
	row := make([]float32, x.p.ValueDim)
	for _, r := range oracle.Sample(&x.p, 1<<30, 1) {
		oracle.Eval(&x.p, &a, r, row)
		copy(a.Out.Row(r.B, r.H, r.I), row)
	}
	calls := 0
	if x.Calls != nil {
		*x.Calls++
		calls = *x.Calls
	}
	if x.After != nil {
		x.After(calls, a.Out)
	}
	if x.Spoils != nil && x.Spoils(a) {
		a.Out.Data[0]++
	}
}

// Shape is one head of n tokens and dimension 4.
func Shape(n int) attn.Problem {
	return attn.Problem{Batch: 1, QHeads: 1, KVHeads: 1, QLen: n, KVLen: n, HeadDim: 4, ValueDim: 4, Mask: attn.Causal()}
}
