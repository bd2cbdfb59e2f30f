package plan

import (
	"slices"

	"attnbench/attn"
	"attnbench/harness/machine"
	"attnbench/harness/point"
	"attnbench/harness/result"
	"attnbench/harness/workload"
)

// footprint predicts how much memory the process of a visit takes.
type footprint struct {
	variants []attn.Variant
	visits   machine.VisitBytes
}

// known are the bytes that are known of a point without a visit; not ok where the variant
// does not take it.
func (f *footprint) known(pt point.Point) (n machine.Needs, ok bool) {
	i := slices.IndexFunc(f.variants, func(v attn.Variant) bool { return v.Name() == pt.Variant })
	if i < 0 {
		return n, false
	}
	p, err := workload.Predict(workload.Setup{Points: []point.Point{pt}, Variant: f.variants[i]})
	n = machine.Needs{Inputs: p.Inputs, Output: p.Output, Workspace: p.Workspace, State: p.State, Beside: p.Beside}
	if slices.Contains(attn.ISAsOf(f.variants[i]), pt.ISA) {
		n.Beside += machine.RooflinesBytes(pt.Workers)
	}
	return n, err == nil
}

// needs are the bytes of the process of a visit; not ok where they are not known.
func (f *footprint) needs(pt point.Point) (bytes int64, ok bool) {
	n, ok := f.known(pt)
	if !ok {
		return 0, false
	}
	return f.visits.Predict(pt.Curve(), n), true
}

// learn takes in the peak of the process of a visit that made the full check.
func (f *footprint) learn(pt point.Point, v result.Visit) {
	if n, ok := f.known(pt); ok && v.Status == result.StatusOK {
		f.visits.Learn(pt.Curve(), n, v.VisitPeakBytes)
	}
}

// describe writes into the record of a point that was not visited what is known of it.
func (f *footprint) describe(r *result.Point, pt point.Point) {
	n, ok := f.known(pt)
	if !ok {
		return
	}
	r.InputBytes, r.OutputBytes, r.WorkspaceBytes, r.StateBytes = n.Inputs, n.Output, n.Workspace, n.State
	r.PredictedBytes = n.Inputs + n.Output + n.Workspace + n.State
}
