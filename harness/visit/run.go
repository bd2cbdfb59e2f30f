package visit

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"attnbench/harness/check"
	"attnbench/harness/machine"
	"attnbench/harness/point"
	"attnbench/harness/result"
	"attnbench/harness/source"
	"attnbench/harness/workload"
)

// run holds the child's end of a conversation in a process that goes on. Its error is ctx's,
// that of the wire, or that of the request.
func (e Env) run(ctx context.Context, w wire) error {
	r, err := requested(w)
	if err != nil {
		return err
	}
	return e.answer(ctx, w, r, false)
}

// requested takes the request, which is valid.
func requested(w wire) (Request, error) {
	var r Request
	if _, err := w.receive(&r); err != nil {
		return r, err
	}
	err := r.validate()
	if err != nil {
		w.send(said{Error: err.Error()}) // to one that may have left
	}
	return r, err
}

// answer makes the visit of a request, isolated where this process is for nothing else. Its
// error is ctx's, or that of the wire.
func (e Env) answer(ctx context.Context, w wire, r Request, isolated bool) error {
	if isolated {
		limit(r.Memory)
	}
	c := &child{wire: w, begin: time.Now()}
	v := visitor{child: c, clock: &clock{child: c}, request: r, isolated: isolated}
	if err := v.visit(ctx, e); err != nil {
		return err
	}
	return w.send(said{Done: true})
}

// visitor makes one visit.
type visitor struct {
	child    *child
	clock    *clock
	request  Request
	isolated bool
	workload workload.Workload
	nonce    uint64
}

// visit tells of all points. Its error is ctx's, or that of the wire.
func (v *visitor) visit(ctx context.Context, e Env) error {
	failed := v.prepare(ctx, e)
	if v.workload != nil {
		defer v.workload.Close()
	}
	for i := range v.request.Points {
		record := result.Visit{Kind: result.KindVisit}
		v.clock.late = nil
		why := failed
		if why == nil {
			if why = v.measure(ctx, i, &record); errors.As(why, new(check.Disagreement)) {
				v.lookEarly(ctx)
			}
		}
		if err := errors.Join(ctx.Err(), v.child.err); err != nil {
			return err
		}
		if why != nil && !errors.As(why, new(exceeds)) {
			record = withoutTimes(record, "")
		}
		record.Moved = errors.Is(why, errMoved)
		record.Status, record.Message = v.status(why)
		if peak, known := machine.ProcessPeak(); known && v.isolated {
			record.VisitPeakBytes = peak
		}
		if err := v.child.send(said{Visit: &record}); err != nil {
			return err
		}
	}
	return nil
}

// prepare makes the workload.
func (v *visitor) prepare(ctx context.Context, e Env) error {
	variant, err := e.variant(v.request.Points[0].Variant)
	if err != nil {
		return err
	}
	setup := workload.Setup{
		Points: v.request.Points, Variant: variant, Others: slices.Concat(e.Variants, e.Others), Clock: v.clock,
		Whole: v.request.Whole, Rows: v.request.Rows, SecondLimit: v.request.Second, Memory: v.request.Memory,
	}
	pageIn(ctx, setup)
	if v.workload, err = workload.New(setup); err != nil {
		return err
	}
	return v.workload.Prepare(ctx)
}

// pageInLen is the length of a small point that has all the code of a large one.
const pageInLen = 128

// pageIn runs a small point of another shape, so that code pages and threads are there when
// the memory of the first sample is measured. What is wrong with it, the point itself says.
func pageIn(ctx context.Context, setup workload.Setup) {
	pt := setup.Points[0]
	pt.Problem.QLen, pt.Problem.KVLen = min(pt.Problem.QLen, pageInLen), min(pt.Problem.KVLen, pageInLen)
	pt.Chunk, pt.Input = min(pt.Chunk, pageInLen), source.Profiles()[0]
	setup.Points, setup.Whole = []point.Point{pt}, false
	w, err := workload.New(setup)
	if err != nil {
		return
	}
	defer w.Close()
	if w.Prepare(ctx) == nil && w.Move(ctx, 0) == nil {
		w.Warm(ctx)
	}
}

// measure takes the first sample of point i, checks the point, and takes its samples.
func (v *visitor) measure(ctx context.Context, i int, r *result.Visit) error {
	w := v.workload
	if err := w.Move(ctx, i); err != nil {
		return err
	}
	b, cost := w.Bytes(), w.Cost()
	r.InputBytes, r.OutputBytes, r.WorkspaceBytes, r.StateBytes = b.Inputs, b.Output, b.Workspace, b.State
	r.FLOPs, r.ExecutedFLOPs, r.ReadBytes = cost.FLOPs, cost.Executed, cost.ReadBytes
	defer w.Fill(r)
	var warm time.Duration
	grown, err := v.growth(func() (err error) { warm, err = w.Warm(ctx); return err })
	if err != nil {
		return err
	}
	if grown >= 0 {
		r.PeakBytes = b.Inputs + b.Output + b.Workspace + b.State + grown
	}
	if v.nonce == 0 {
		if v.nonce, v.child.err = v.child.ready(); v.child.err != nil {
			return v.child.err
		}
	}
	w.Reseed(v.nonce + uint64(i))
	v.clock.watch(true)
	err = w.Check(ctx)
	v.clock.watch(false)
	if err != nil || v.request.Samples.Max == 0 {
		return err
	}
	if err := v.time(ctx, i, warm, r); err != nil {
		return err
	}
	if err := v.growsAlike(ctx, grown); err != nil {
		return err
	}
	return w.Finish(ctx)
}

// lookEarly makes a few calls, for an output that is wrong, and looks whether they return
// before their work is done.
func (v *visitor) lookEarly(ctx context.Context) {
	v.clock.late, v.clock.patience = nil, earlyPatience
	for range earlyLooks {
		v.clock.watch(true)
		v.workload.Warm(ctx)
	}
	v.clock.watch(false)
	v.clock.patience = 0
}

// growth is what the memory of this process grows by over call; negative where that is not
// known, as where the process is not for this visit alone.
func (v *visitor) growth(call func() error) (bytes int64, err error) {
	if !v.isolated {
		return -1, call()
	}
	bytes, known, err := machine.PeakGrowth(call)
	if !known {
		bytes = -1
	}
	return bytes, err
}

// growsAlike holds the memory of a later call against that of the first, in the visit that
// makes the full check.
func (v *visitor) growsAlike(ctx context.Context, first int64) error {
	if first < 0 || !v.request.Whole {
		return nil
	}
	later, err := v.growth(func() error { _, err := v.workload.Sample(ctx, 1); return err })
	if later > first+first/10+laterSlack {
		return fmt.Errorf("its first call took %d KiB of memory beside inputs, output and workspace, and a later call %d KiB: a call must take its memory whenever it is called",
			first>>10, later>>10)
	}
	return err
}

// laterSlack is what the look at a sample may take, in bytes.
const laterSlack = 2 << 20

// time takes the samples of point i; warm is the time of a call or a part of it.
func (v *visitor) time(ctx context.Context, i int, warm time.Duration, r *result.Visit) error {
	cost := v.workload.Cost()
	roof := newRoofline(cost.Set, v.request.Points[i].Workers, v.request.Memory)
	s := sampler{w: v.workload, child: v.child, clock: v.clock, s: v.request.Samples, rng: rand.New(rand.NewPCG(v.nonce, uint64(i))), step: machine.ClockStep(), warm: warm}
	if v.request.Whole {
		s.reader = roof.reader(cost.ReadBytes, v.request.Memory)
	}
	unpin, err := machine.Pin(v.request.CPUs)
	if err != nil {
		return err
	}
	defer unpin()
	r.CPUs = v.request.CPUs
	roof.measure()
	if err := s.sample(ctx); err != nil {
		return err
	}
	roof.measure()
	err = roof.judge(cost.FLOPs, s.taken, v.request.Best)
	r.SamplesNS, r.MedianNS, r.Allocs, r.CPUNS = s.taken, result.Median(s.taken), &s.objects, int64(s.cpu)
	if s.repeats > 1 {
		r.Repeats = s.repeats
	}
	if cost.Single {
		r.P99NS = result.P99(s.taken)
	}
	if roof != nil {
		r.PeakGFLOPS, r.PeakLowGFLOPS, r.PeakBy = result.Rounded(roof.gflops), result.Rounded(roof.low), roof.by
		switch {
		case cost.ReadBytes > 0:
			r.BandwidthGBS = result.Rounded(s.reader.Bandwidth())
		case v.request.Bandwidth:
			b := roof.bandwidth()
			r.BandwidthGBS, r.BandwidthPages = result.Rounded(b.GBS), b.Pages
		}
	}
	return err
}

// status is what an error means for a record; of an output that is wrong, with why.
func (v *visitor) status(err error) (result.Status, string) {
	status, message := workload.Status(err)
	if status == result.StatusDisagree {
		message = v.clock.early() + message
	}
	return status, message
}
