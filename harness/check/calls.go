package check

import (
	"fmt"

	"attnbench/attn"
)

// Recovered turns a panic of the deferring function into its error.
func Recovered(err *error, what string) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("%spanicked: %v", what, r)
	}
}

// Forward runs the plan once; a panic becomes an error.
func Forward(plan attn.Plan, a attn.Args, ws []float32) (err error) {
	defer Recovered(&err, "")
	plan.Forward(a, ws)
	return nil
}

// Executed is the work that the plan says it does, or the useful work.
func Executed(plan attn.Plan, p attn.Problem) int64 {
	if c, ok := plan.(attn.CountsFLOPs); ok {
		return c.ExecutedFLOPs()
	}
	return p.FLOPs()
}
