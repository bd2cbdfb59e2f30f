package visit

import (
	"context"
	"fmt"
	"time"

	"attnbench/attn"
	"attnbench/harness/point"
	"attnbench/harness/result"
)

// Request is what one visit is to measure. All of it fits in a line of JSON.
type Request struct {
	Points  []point.Point `json:"points"`           // one; of decode: the contexts of a series in rising order
	Numbers []int         `json:"numbers"`          // of the visit, for each point
	Whole   bool          `json:"whole,omitempty"`  // the full check
	Rows    int           `json:"rows,omitempty"`   // that are checked where Whole is not set
	Second  time.Duration `json:"second,omitempty"` // that a comparison with a second variant may take
	Samples Samples       `json:"samples"`
	Memory  int64         `json:"memory,omitempty"` // bytes that the process may hold; 0: unknown, unbounded
	// Bandwidth asks for the rate at which memory is read, after the samples.
	Bandwidth bool `json:"bandwidth,omitempty"`
	// Best is the highest peak in GFLOP/s, with the same kernel set and workers, of the
	// visits before; 0: none.
	Best float64 `json:"best,omitempty"`
	// CPUs are those that the process is bound to while it takes the samples; none: it is not.
	CPUs []int `json:"cpus,omitempty"`
	// Timeout is the time after which the parent ends a visit; 0: none. The child does not
	// know it.
	Timeout time.Duration `json:"-"`
}

// Samples says how many samples a visit takes of a point.
type Samples struct {
	Min  int           `json:"min"`  // fewer make no record
	Want int           `json:"want"` // where they fit into Time
	Max  int           `json:"max"`  // where they take a small part of Time; 0: the point is checked and not timed
	Time time.Duration `json:"time"`
}

// cheapShare is the part of Samples.Time that more samples than wanted may take.
const cheapShare = 20

// Count is the number of samples of length t.
func (s Samples) Count(t time.Duration) int {
	t = max(t, 1)
	n := max(s.Want, min(s.Max, int(s.Time/cheapShare/t)))
	return max(s.Min, min(n, int(s.Time/t)))
}

func (r Request) validate() error {
	if len(r.Points) == 0 || len(r.Numbers) != len(r.Points) {
		return fmt.Errorf("a visit of %d points with %d numbers", len(r.Points), len(r.Numbers))
	}
	for _, pt := range r.Points {
		if pt.Variant != r.Points[0].Variant {
			return fmt.Errorf("a visit of %q and of %q", r.Points[0].Variant, pt.Variant)
		}
	}
	return nil
}

// Env is what a visit finds in its program.
type Env struct {
	Variants []attn.Variant
	Others   []attn.Variant // beside Variants, that a point may be compared with
}

func (e Env) variant(name string) (attn.Variant, error) {
	for _, list := range [][]attn.Variant{e.Variants, e.Others} {
		for _, v := range list {
			if v.Name() == name {
				return v, nil
			}
		}
	}
	return nil, fmt.Errorf("variant %q is not in this program", name)
}

// Executor makes visits.
type Executor interface {
	// Visit returns the visit of each point of r, in their order. What goes wrong with a
	// point is in its Status and Message; the error is that of ctx, and then there is nothing
	// to record; or it is ErrHung: then the visits are to record, and no other can be made.
	Visit(ctx context.Context, r Request) ([]result.Visit, error)
}
