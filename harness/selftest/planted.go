package selftest

import (
	"slices"
	"sync"

	"attnbench/attn"
	"attnbench/harness/machine"
)

// Planted is a kernel that is wrong on purpose: an honest variant, spoilt.
type Planted struct {
	honest attn.Variant
	name   string
	Wrong  string // what is wrong, in words; empty: nothing is
	spoil  func(p attn.Problem, honest attn.Plan) forward
	seen   func() bool // whether this system can see it; nil: every system can
}

// forward is attn.Plan.Forward.
type forward func(a attn.Args, ws []float32)

// Plant spoils a variant in every way that there is. The first is not spoilt at all: what is
// refused of the others says something only where that one is not.
func Plant(honest attn.Variant) []*Planted {
	list := []*Planted{
		{name: "nothing", spoil: func(_ attn.Problem, honest attn.Plan) forward { return honest.Forward }},
		{name: "one-row", Wrong: "one row of one head", spoil: after(oneRow)},
		{name: "one-head", Wrong: "one head", spoil: after(oneHead)},
		{name: "half-the-rows", Wrong: "every second row copied from the row before", spoil: after(halfOfTheRows)},
		{name: "last-result", Wrong: "the result of the first call returned again", spoil: firstAgain},
		{name: "signs-alone", Wrong: "the result of the first call, with the signs of V", spoil: signsAlone},
		{name: "work-put-off", Wrong: "work that goes on after the call", seen: seesWork, spoil: putsOff},
	}
	for _, p := range list {
		p.honest = honest
	}
	return list
}

func seesWork() bool {
	_, ok := machine.CPUTime()
	return ok
}

// Name implements [attn.Variant].
func (v *Planted) Name() string { return "planted-" + v.name }

// Engine implements [attn.HasEngine]: it must be compared with another one than it spoils.
func (v *Planted) Engine() string { return attn.EngineOf(v.honest) }

// Plan implements [attn.Variant].
func (v *Planted) Plan(p attn.Problem, o attn.Options) (attn.Plan, error) {
	honest, err := v.honest.Plan(p, o)
	if err != nil {
		return nil, err
	}
	return &spoilt{honest, v.spoil(p, honest)}, nil
}

type spoilt struct {
	attn.Plan
	forward forward
}

// Forward implements [attn.Plan].
func (x *spoilt) Forward(a attn.Args, ws []float32) { x.forward(a, ws) }

func after(spoil func(p attn.Problem, a attn.Args)) func(attn.Problem, attn.Plan) forward {
	return func(p attn.Problem, honest attn.Plan) forward {
		return func(a attn.Args, ws []float32) {
			honest.Forward(a, ws)
			spoil(p, a)
		}
	}
}

// oneRow turns the sign of one value of a row in the middle.
func oneRow(p attn.Problem, a attn.Args) {
	row := a.Out.Row(0, p.QHeads/2, p.QLen/2+5)
	row[0] = -row[0]
}

func oneHead(p attn.Problem, a attn.Args) {
	for i := range p.QLen {
		row := a.Out.Row(p.Batch-1, p.QHeads-1, i)
		for c := range row {
			row[c] *= 1.01
		}
	}
}

func halfOfTheRows(p attn.Problem, a attn.Args) {
	for b := range p.Batch {
		for h := range p.QHeads {
			for i := 1; i < p.QLen; i += 2 {
				copy(a.Out.Row(b, h, i), a.Out.Row(b, h, i-1))
			}
		}
	}
}

// eachRow calls f for every row of Out, with the first value of V that the row can see.
func eachRow(p attn.Problem, a attn.Args, f func(row []float32, v float32)) {
	for b := range p.Batch {
		for h := range p.QHeads {
			v := a.V.Row(b, p.KVHead(h), 0)[0]
			for i := range p.QLen {
				f(a.Out.Row(b, h, i), v)
			}
		}
	}
}

func firstAgain(p attn.Problem, honest attn.Plan) forward {
	return again(p, honest, func(float32) float32 { return 1 })
}

func signsAlone(p attn.Problem, honest attn.Plan) forward {
	return again(p, honest, func(v float32) float32 {
		if v < 0 {
			return -1
		}
		return 1
	})
}

// again computes once and returns that result ever after, by the sign of V.
func again(p attn.Problem, honest attn.Plan, sign func(v float32) float32) forward {
	var once sync.Once
	var kept []float32
	return func(a attn.Args, ws []float32) {
		once.Do(func() {
			honest.Forward(a, ws)
			eachRow(p, a, func(row []float32, v float32) {
				for _, x := range row {
					kept = append(kept, x*sign(v))
				}
			})
		})
		rest := kept
		eachRow(p, a, func(row []float32, v float32) {
			for c := range row {
				row[c] = rest[c] * sign(v)
			}
			rest = rest[len(row):]
		})
	}
}

// putsOff returns at once what is right, and works as much again beside the caller.
func putsOff(p attn.Problem, honest attn.Plan) forward {
	return func(a attn.Args, ws []float32) {
		honest.Forward(a, ws)
		later, scratch := a, slices.Clone(ws)
		later.Out = attn.NewTensor(p.Batch, p.QHeads, p.QLen, p.ValueDim)
		go honest.Forward(later, scratch)
	}
}
