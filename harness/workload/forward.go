package workload

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"attnbench/attn"
	"attnbench/harness/check"
	"attnbench/harness/point"
	"attnbench/harness/result"
	"attnbench/harness/source"
	"attnbench/internal/guard"
)

// forward is a whole sequence in one Forward.
type forward struct {
	Setup
	pt     point.Point
	p      attn.Problem
	plan   attn.Plan
	args   attn.Args
	ws     []float32
	inputs check.InputDigest
	warm   firstCall
	nonce  uint64

	digest  string         // of the output of the checked call
	samples *check.Samples // nil until the timed numbers were checked
	second  *check.Second
	verdict check.Verdict
	drift   *result.Drift
}

func newForward(s Setup) (Workload, error) { return planned(s) }

// planned makes the Plan.
func planned(s Setup) (*forward, error) {
	f := &forward{Setup: s, pt: s.Points[0], nonce: s.Points[0].Seed}
	var err error
	if f.p, err = point.Problem(f.pt.Problem); err != nil {
		return nil, err
	}
	f.plan, err = plan(s.Variant, f.p, f.pt.Options())
	return f, err
}

// plan plans; a panic becomes an error.
func plan(v attn.Variant, p attn.Problem, o attn.Options) (plan attn.Plan, err error) {
	defer check.Recovered(&err, "Plan ")
	return v.Plan(p, o)
}

// Prepare implements [Workload].
func (f *forward) Prepare(ctx context.Context) error {
	src, _, err := source.Open(f.pt.Input, f.pt.Seed)
	if err != nil {
		return err
	}
	if f.args, err = src.Args(f.p); err != nil {
		return err
	}
	f.ws = make([]float32, f.plan.Workspace())
	check.Poison(f.args.Out.Data, f.ws)
	f.inputs = check.DigestInputs(f.args)
	return ctx.Err()
}

// Move implements [Workload].
func (f *forward) Move(context.Context, int) error { return nil }

// Bytes implements [Workload].
func (f *forward) Bytes() Bytes {
	return Bytes{Inputs: f.p.InputBytes(), Output: f.p.OutputBytes(), Workspace: 4 * int64(f.plan.Workspace())}
}

// Cost implements [Workload].
func (f *forward) Cost() Cost {
	c := Cost{FLOPs: f.p.FLOPs(), Set: setOf(f.Variant, f.pt)}
	if x, ok := f.plan.(attn.CountsFLOPs); ok {
		c.Executed = x.ExecutedFLOPs()
	}
	return c
}

// setOf is the kernel set that a point runs on; empty where it is none of ours.
func setOf(v attn.Variant, pt point.Point) string {
	if slices.Contains(attn.ISAsOf(v), pt.ISA) {
		return pt.ISA
	}
	return ""
}

// Warm implements [Workload]: the other numbers are the negated Q and V.
func (f *forward) Warm(ctx context.Context) (time.Duration, error) {
	f.negate()
	defer f.negate()
	t, err := f.calls(1)
	if err == nil {
		err = ctx.Err()
	}
	f.warm.remember(f.args.Out)
	return t, err
}

// negate changes the sign of Q and V; twice changes nothing.
func (f *forward) negate() {
	for _, data := range [][]float32{f.args.Q.Data, f.args.V.Data} {
		for i, x := range data {
			data[i] = -x
		}
	}
}

// lead is a call for the time before a sample: K and V change places, so that a variant which
// keeps the result of a call gains nothing. It is nil where their rows differ in length.
func (f *forward) lead() func() {
	if f.p.HeadDim != f.p.ValueDim {
		return nil
	}
	other := f.args
	other.K, other.V = other.V, other.K
	return func() { _ = check.Forward(f.plan, other, f.ws) } // the timed call fails alike
}

// calls times n Forwards and returns the mean time of one.
func (f *forward) calls(n int) (time.Duration, error) {
	f.Clock.Start(f.lead())
	var err error
	for range n {
		if err = check.Forward(f.plan, f.args, f.ws); err != nil {
			break
		}
	}
	return f.Clock.Stop() / time.Duration(n), err
}

// Check implements [Workload].
func (f *forward) Check(ctx context.Context) error {
	if err := f.unchanged(); err != nil {
		return err
	}
	seed := f.pt.Seed
	if !f.Whole {
		seed = f.nonce // few rows: a kernel must not know them
	}
	rows := check.NewRows(f.p, f.args, f.rows(), seed)
	f.drift = rows.Drift(f.args)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if f.Whole {
		f.second = check.NewSecond(check.Other{Problem: f.p, Args: f.args, Variant: f.Variant, Others: f.Others,
			Options: f.pt.Options(), Limit: f.SecondLimit, Memory: f.Memory, Seed: f.pt.Seed})
	}
	check.Poison(f.args.Out.Data, f.ws)
	if _, err := f.calls(1); err != nil {
		return err
	}
	f.digest = check.OutputDigest(f.args.Out)
	f.verdict = rows.Check(f.args.Out, point.PublicPath(f.pt.Input))
	f.verdict.Keep(f.second.Check(rows, f.args, point.PublicPath(f.pt.Input)))
	f.warm.name(&f.verdict, f.args.Out)
	if f.verdict.Disagrees == "" {
		f.samples = check.NewSamples(rows, f.args, f.ws, f.nonce, f.exact())
		if f.Whole {
			if err := f.checkHard(ctx, rows); err != nil {
				return err
			}
		}
	}
	if err := f.unchanged(); err != nil {
		return err
	}
	return f.verdict.Err()
}

// checkHard runs the plan on the hard profiles other than the timed input and checks
// the same rows.
func (f *forward) checkHard(ctx context.Context, rows check.Rows) error {
	timed := f.args
	defer func() { f.args = timed }()
	for _, hard := range check.HardBeside(f.p, f.pt.Input) {
		f.args = hard.Of(f.p, timed)
		guard.Poison(f.args.Out.Data)
		if _, err := f.calls(1); err != nil {
			return fmt.Errorf("on %s numbers: %w", hard.Name, err)
		}
		w := rows.On(f.args).Check(f.args.Out, hard.Name)
		if w.Disagrees != "" {
			w.Disagrees = "on " + hard.Name + " numbers: " + w.Disagrees
		}
		if w.Agreement.Worst > f.verdict.Agreement.Worst {
			f.verdict = w
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return nil
}

// Reseed implements [Workload].
func (f *forward) Reseed(nonce uint64) {
	if f.nonce = nonce; f.samples != nil {
		f.samples.Reseed(nonce)
	}
}

// Sample implements [Workload].
func (f *forward) Sample(ctx context.Context, n int) (time.Duration, error) {
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	f.samples.Before()
	t, err := f.calls(n)
	if err != nil {
		return 0, err
	}
	if err = f.look(fmt.Sprintf("in sample %d: ", f.samples.Taken()+1)); err != nil {
		f.samples.Restore()
		if changed := f.unchanged(); changed != nil { // which is why
			err = changed
		}
	}
	return t, err
}

// look compares the output of a sample.
func (f *forward) look(when string) error {
	v := f.samples.After(point.PublicPath(f.pt.Input))
	if v.Disagrees != "" {
		v.Disagrees = when + v.Disagrees
	}
	f.verdict.Keep(v)
	return v.Err()
}

// Finish implements [Workload].
func (f *forward) Finish(context.Context) error {
	if f.samples != nil {
		f.samples.Restore()
	}
	return f.unchanged()
}

// unchanged compares the inputs with what they were.
func (f *forward) unchanged() error {
	if changed := f.inputs.Changed(f.args); changed != "" {
		return errors.New(changed)
	}
	return nil
}

// Fill implements [Workload].
func (f *forward) Fill(v *result.Visit) {
	v.Drift, v.Traits = f.drift, attn.TraitsOf(f.Variant).Words()
	if f.verdict.Agreement.Rows == 0 {
		return
	}
	v.OutDigest = f.digest
	a := f.verdict.Agreement
	a.Heads = f.p.Batch * f.p.QHeads
	name, rows := f.second.Name()
	a.Second, a.SecondRows = name, int64(rows)*int64(a.Heads)
	if f.samples != nil {
		a.Samples = f.samples.Taken()
	}
	v.Agreement = &a
}

// Close implements [Workload].
func (f *forward) Close() {}
