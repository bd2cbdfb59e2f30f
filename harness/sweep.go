package harness

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"attnbench/attn"
	"attnbench/harness/machine"
	"attnbench/harness/result"
	"attnbench/internal/kernel"
)

// Sweep runs points in order, one at a time.
type Sweep struct {
	Variants []attn.Variant
	Points   []Point
	// Others are variants, of Variants or not, that all rows of a point may be compared
	// with.
	Others []attn.Variant
	Source Source
	Budget Budget
	// CheckOnly stops each point after the check; nothing is timed.
	CheckOnly bool
	// Begin, where not nil, is called before each point with the share of the sweep that
	// is done and the predicted time of the rest.
	Begin func(pt Point, done float64, left time.Duration)
	// Record takes every finished point; its error ends the sweep.
	Record func(result.Point) error

	find      func(isa string) (*kernel.Set, error) // nil: kernel.Find
	lastLevel int64                                 // bytes of the last-level cache; 0: this machine's

	tokens    tokens // of the points of States
	tokensKey string // what the tokens depend on
}

// Run runs and records all points. It returns ctx's error where ctx ended the sweep.
func (s *Sweep) Run(ctx context.Context) error {
	start := time.Now()
	pred, g := newPredictor(), newRooflines(s.Points, s.Budget.Memory)
	for _, pt := range s.Points {
		if err := s.pilot(ctx, pt, pred); err != nil {
			return err
		}
	}
	for i, pt := range s.Points {
		if s.Begin != nil {
			s.begin(i, pred, time.Since(start))
		}
		r, err := s.run(ctx, pt, pred, g, s.Budget.Time-time.Since(start))
		if err != nil {
			return err
		}
		if err := s.Record(r); err != nil {
			return err
		}
	}
	return nil
}

// begin predicts the time of the points from i on and calls Begin.
func (s *Sweep) begin(i int, pred *predictor, spent time.Duration) {
	var left time.Duration
	for _, pt := range s.Points[i:] {
		if t, ok := s.predict(pt, pred); ok {
			left += t
		}
	}
	left = min(left, max(0, s.Budget.Time-spent))
	done := 0.0
	if spent+left > 0 {
		done = float64(spent) / float64(spent+left)
	}
	s.Begin(s.Points[i], done, left)
}

// predict is the time of a whole point; not ok where the point will not run.
func (s *Sweep) predict(pt Point, pred *predictor) (time.Duration, bool) {
	if pt.Phase != "" {
		return s.predictState(pt, pred)
	}
	p, plan, err := s.plan(pt)
	if err != nil {
		return 0, false
	}
	t := pred.forward(pt, executed(plan, p))
	beside := s.beside(pt, p, pred, t)
	if s.CheckOnly {
		return t + beside, true
	}
	return s.Budget.cost(t) + beside, s.Budget.refuse(t, beside, s.Budget.Time) == ""
}

// beside predicts the time that a point takes in addition to its Forwards of the given time:
// for the inputs, the oracle, the looks at its samples, and the roofline.
func (s *Sweep) beside(pt Point, p attn.Problem, pred *predictor, forward time.Duration) time.Duration {
	samples := 0
	if !s.CheckOnly {
		samples = s.Budget.samples(forward)
	}
	beside := pred.beside(pt, p, samples)
	if s.measured(pt) != nil {
		beside += machine.RooflinesTime
	}
	return beside
}

func (s *Sweep) plan(pt Point) (attn.Problem, attn.Plan, error) {
	p, err := problem(pt.Problem)
	if err != nil {
		return p, nil, err
	}
	v, err := s.variant(pt)
	if err != nil {
		return p, nil, err
	}
	plan, err := v.Plan(p, pt.options())
	return p, plan, err
}

func (s *Sweep) variant(pt Point) (attn.Variant, error) {
	for _, list := range [][]attn.Variant{s.Variants, s.Others} {
		if i := slices.IndexFunc(list, func(v attn.Variant) bool { return v.Name() == pt.Variant }); i >= 0 {
			return list[i], nil
		}
	}
	return nil, fmt.Errorf("variant %q is not here", pt.Variant)
}

// run runs one point. The error is ctx's; what goes wrong with the point is in the
// record's status.
func (s *Sweep) run(ctx context.Context, pt Point, pred *predictor, g *machine.Rooflines, left time.Duration) (result.Point, error) {
	if pt.Phase != "" {
		return s.runState(ctx, pt, pred, left)
	}
	r := s.blank(pt)
	stop := func(status result.Status, message string) (result.Point, error) {
		r.Status, r.Message = status, message
		return r, nil
	}
	p, plan, err := s.plan(pt)
	if err != nil {
		return stop(failure(err))
	}
	s.describePlan(&r, pt, p, plan)
	if limit := s.Budget.Memory; limit > 0 && r.PredictedBytes > limit {
		return stop(result.StatusSkipped, fmt.Sprintf("predicted %s of memory, %s of it workspace: more than the %s that a point may hold here",
			gibibytes(r.PredictedBytes), gibibytes(r.WorkspaceBytes), gibibytes(limit)))
	}
	if !s.CheckOnly {
		t := pred.forward(pt, executed(plan, p))
		if why := s.Budget.refuse(t, s.beside(pt, p, pred, t), left); why != "" {
			return stop(result.StatusSkipped, why)
		}
	}
	whole, _ := s.predict(pt, pred)
	m := measurement{
		second: func(p attn.Problem, a attn.Args) *second { return s.second(ctx, pt, p, a, pred, whole/secondShare) },
		pt:     pt, p: p, plan: plan, budget: s.Budget, pred: pred, record: &r, checkOnly: s.CheckOnly,
		exact: s.exact(pt), roofline: beside(g, s.measured(pt), pt.Workers),
	}
	status, message, err := m.run(ctx, s.Source)
	if err != nil {
		return r, err
	}
	return stop(status, message)
}

// failure is the status and message of what a variant does not take.
func failure(err error) (result.Status, string) {
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		return result.StatusUnsupported, err.Error()
	case errors.Is(err, attn.ErrTooLarge):
		return result.StatusSkipped, err.Error()
	}
	return result.StatusFailed, err.Error()
}

// blank is the record of a point before anything is planned.
func (s *Sweep) blank(pt Point) result.Point {
	return result.Point{
		Kind: result.KindPoint, Series: pt.Series, Provider: "attnbench", Variant: pt.Variant, ISA: pt.ISA,
		Workers: pt.Workers, Phase: cmp.Or(pt.Phase, result.PhasePrefill), Cache: "warm", Problem: pt.Problem,
		Input: PublicPath(pt.Input), Seed: pt.Seed, Repro: pt.repro(),
	}
}

// describePlan fills in what the plan tells before anything runs.
func (s *Sweep) describePlan(r *result.Point, pt Point, p attn.Problem, plan attn.Plan) {
	// The work of an attend step is known only after the selection.
	if r.Selection = selectionOf(plan); r.Selection == nil {
		r.FLOPs = p.FLOPs()
		if c, ok := plan.(attn.CountsFLOPs); ok {
			r.ExecutedFLOPs = c.ExecutedFLOPs()
		}
	}
	r.InputBytes, r.OutputBytes = p.InputBytes(), p.OutputBytes()
	r.WorkspaceBytes = 4 * int64(plan.Workspace())
	r.PredictedBytes = r.InputBytes + r.OutputBytes + r.WorkspaceBytes
	r.Traits = s.traits(pt)
}

// traits are the promises that the variant of a point does not make, in words.
func (s *Sweep) traits(pt Point) []string {
	v, err := s.variant(pt)
	if err != nil {
		return nil
	}
	return attn.TraitsOf(v).Words()
}

// exact reports whether equal calls of the variant of a point give equal bits.
func (s *Sweep) exact(pt Point) bool {
	v, err := s.variant(pt)
	return err == nil && !attn.TraitsOf(v).RoundsByWorkers
}

func gibibytes(n int64) string { return fmt.Sprintf("%.1f GiB", float64(n)/(1<<30)) }
