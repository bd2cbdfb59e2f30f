package cheats

import (
	"errors"
	"fmt"
	"math"

	"attnbench/attn"
	"attnbench/attn/pool"
	"attnbench/variants/flash"
)

// The cheats of this file compute less, or less exactly.

// halfOfTheRows gives every second row the output of the row before.
func halfOfTheRows(p attn.Problem, a attn.Args) {
	for b := range p.Batch {
		for h := range p.QHeads {
			for i := 1; i < p.QLen; i += 2 {
				copy(a.Out.Row(b, h, i), a.Out.Row(b, h, i-1))
			}
		}
	}
}

// windowForFull looks at the 128 keys before and after, where there are more.
func windowForFull(p attn.Problem, o attn.Options, honest attn.Plan) forward {
	if p.VisibilityMask() != attn.Full() || p.Rule != (attn.Rule{}) {
		return honest.Forward
	}
	p.Mask = attn.Window{Left: 128, Right: 128}
	windowed, err := flash.New().Plan(p, o)
	if err != nil || windowed.Workspace() > honest.Workspace() {
		return honest.Forward
	}
	return windowed.Forward
}

// halfPrecision rounds keys and values to the 11 bits of float16.
func halfPrecision(_ attn.Problem, _ attn.Options, honest attn.Plan) forward {
	return func(a attn.Args, ws []float32) {
		for _, t := range []*attn.Tensor{&a.K, &a.V} {
			rounded := append([]float32(nil), t.Data...)
			for i, x := range rounded {
				rounded[i] = math.Float32frombits((math.Float32bits(x) + 1<<12) &^ (1<<13 - 1))
			}
			t.Data = rounded
		}
		honest.Forward(a, ws)
	}
}

// changesInputs folds the scale into Q where Q lies.
func changesInputs(p attn.Problem, o attn.Options, honest attn.Plan) forward {
	scale := float32(p.Scale.Value(p.HeadDim))
	p.Scale = attn.ScaleOf(1)
	scaled, err := flash.New().Plan(p, o)
	if err != nil || scale == 0 {
		return honest.Forward
	}
	return func(a attn.Args, ws []float32) {
		a.Check(&p, ws, honest.Workspace())
		eachRow(a.Q, func(row []float32) {
			for c := range row {
				row[c] *= scale
			}
		})
		scaled.Forward(a, ws)
	}
}

func constant(_ attn.Problem, a attn.Args) {
	eachRow(a.Out, func(row []float32) {
		for c := range row {
			row[c] = 0.0625
		}
	})
}

// lastHeadOfMany is wrong in the last head, where there are 64 or more.
func lastHeadOfMany(p attn.Problem, a attn.Args) {
	if p.QHeads >= 64 {
		for i := range p.QLen {
			a.Out.Row(p.Batch-1, p.QHeads-1, i)[0] += 0.01
		}
	}
}

// lastTileAt4096 is wrong in the last 64 rows of 4096 tokens, and of no other number.
func lastTileAt4096(p attn.Problem, a attn.Args) {
	for i := p.QLen - 64; i < p.QLen && p.QLen == 4096; i++ {
		a.Out.Row(0, p.QHeads-1, i)[p.ValueDim-1] *= 1.01
	}
}

// byWorker adds to each row what depends on the worker that comes by.
func byWorker(p attn.Problem, o attn.Options, honest attn.Plan) forward {
	return func(a attn.Args, ws []float32) {
		honest.Forward(a, ws)
		pool.Of(o).Run(nudge{p, a}, p.Batch*p.QHeads*p.QLen, o.Workers)
	}
}

type nudge struct {
	p attn.Problem
	a attn.Args
}

// Part implements [attn.Task].
func (t nudge) Part(worker, i int) {
	row := t.a.Out.Row(i/t.p.QLen/t.p.QHeads, i/t.p.QLen%t.p.QHeads, i%t.p.QLen)
	for range worker {
		row[0] = math.Nextafter32(row[0], 9)
	}
}

// unshifted is a softmax that never subtracts the maximum, and refuses a scale that would
// show it.
type unshifted struct{ cheat }

func (v *unshifted) Plan(p attn.Problem, o attn.Options) (attn.Plan, error) {
	if _, explicit := p.Scale.Explicit(); explicit || len(p.Modifiers()) > 0 || p.Rule != (attn.Rule{}) {
		return nil, fmt.Errorf("unshifted: %v: %w", p.Modifiers(), errors.ErrUnsupported)
	}
	return v.cheat.Plan(p, o)
}

func neverSubtracts(p attn.Problem, _ attn.Options, honest attn.Plan) forward {
	return func(a attn.Args, ws []float32) {
		a.Check(&p, ws, honest.Workspace())
		scale := float32(p.Scale.Value(p.HeadDim))
		for b := range p.Batch {
			for h := range p.QHeads {
				for i := range p.QLen {
					row, sum, q := a.Out.Row(b, h, i), float32(0), a.Q.Row(b, h, i)
					clear(row)
					for j := range p.KVLen {
						if !p.VisibilityMask().Visible(b, h, p.Start(b)+i, j) {
							continue
						}
						score := float32(0)
						for c, k := range a.K.Row(b, p.KVHead(h), j) {
							score += q[c] * k
						}
						weight := float32(math.Exp(float64(score * scale)))
						sum += weight
						for c, x := range a.V.Row(b, p.KVHead(h), j) {
							row[c] += weight * x
						}
					}
					for c := range row {
						if sum != 0 {
							row[c] /= sum
						}
					}
				}
			}
		}
	}
}

// frugal says that it executes half of the work.
type frugal struct{ cheat }

func (v *frugal) Plan(p attn.Problem, o attn.Options) (attn.Plan, error) {
	x, err := v.cheat.Plan(p, o)
	if err != nil {
		return nil, err
	}
	return countsHalf{x, p.FLOPs() / 2}, nil
}

type countsHalf struct {
	attn.Plan
	executed int64
}

func (x countsHalf) ExecutedFLOPs() int64 { return x.executed }

// hoards keeps the scores of a head beside the workspace.
func hoards(p attn.Problem, _ attn.Options, honest attn.Plan) forward {
	scores := make([]float32, p.QLen*p.KVLen)
	return func(a attn.Args, ws []float32) {
		honest.Forward(a, ws)
		scores[0] = a.Out.Data[0]
	}
}
