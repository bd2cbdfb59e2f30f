package attntest

import (
	"errors"
	"math"
	"strings"

	"attnbench/attn"
	"attnbench/attn/mask"
)

func sets(k *kit) {
	for _, c := range few() {
		for _, isa := range k.isas() {
			k.plan(c, attn.Options{ISA: isa})
		}
		_, err := k.v.Plan(c.p, attn.Options{ISA: "no such set"})
		if !errors.Is(err, errors.ErrUnsupported) {
			k.fail("%v: a kernel set that does not exist gives the error %v", c, err)
		}
	}
}

func invalid(k *kit) {
	for field, p := range inconsistent() {
		k.guarded("Plan of a Problem with a wrong "+field, func() {
			_, err := k.v.Plan(p, attn.Options{})
			switch {
			case err == nil:
				k.fail("Plan took a Problem with a wrong %s: %v", field, p)
			case errors.Is(err, errors.ErrUnsupported):
				k.fail("a wrong %s is said to be unsupported: %v", field, err)
			case !strings.Contains(err.Error(), field):
				k.fail("a wrong %s is refused by an error that does not name it: %v", field, err)
			}
		})
	}
}

// inconsistent are Problems that must be refused, by the field that the error names.
func inconsistent() map[string]attn.Problem {
	ok := problem(2, 4, 2, 8, 8, 4, 4)
	set := func(f func(*attn.Problem)) attn.Problem { p := ok; f(&p); return p }
	return map[string]attn.Problem{
		"Batch":      set(func(p *attn.Problem) { p.Batch = 0 }),
		"QHeads":     set(func(p *attn.Problem) { p.QHeads = 3 }),
		"KVHeads":    set(func(p *attn.Problem) { p.KVHeads = -1 }),
		"QLen":       set(func(p *attn.Problem) { p.QLen = 0 }),
		"KVLen":      set(func(p *attn.Problem) { p.KVLen = -7 }),
		"HeadDim":    set(func(p *attn.Problem) { p.HeadDim = attn.MaxHeadDim + 1 }),
		"ValueDim":   set(func(p *attn.Problem) { p.ValueDim = 0 }),
		"overflows":  set(func(p *attn.Problem) { p.Batch, p.QLen, p.KVLen = 1<<20, math.MaxInt32, math.MaxInt32 }),
		"Mask":       set(func(p *attn.Problem) { p.Mask = attn.Window{Left: -2} }),
		"sinks":      set(func(p *attn.Problem) { p.Mask = mask.Or(attn.Causal(), mask.Sinks{Tokens: -1}) }),
		"QueryStart": set(func(p *attn.Problem) { p.QueryStart = []int{1} }),
		"KVLens":     set(func(p *attn.Problem) { p.KVLens = []int{3, 9} }),
		"Scale":      set(func(p *attn.Problem) { p.Scale = attn.ScaleOf(float32(math.Inf(1))) }),
		"Softcap":    set(func(p *attn.Problem) { p.Softcap = -1 }),
		"ALiBi":      set(func(p *attn.Problem) { p.ALiBi = []float32{1} }),
		"Bias":       set(func(p *attn.Problem) { p.Bias = attn.BiasShape{Batch: 1, Heads: 3} }),
		"SinkLogits": set(func(p *attn.Problem) { p.SinkLogits = make([]float32, 5) }),
		"LogDecay": set(func(p *attn.Problem) {
			p.Mask, p.Rule = attn.Causal(), attn.Rule{Kind: attn.Recurrent, Decay: attn.FixedDecay}
			p.LogDecay = []float32{-1, 0.5}
		}),
		"Rule": set(func(p *attn.Problem) { p.Rule = attn.Rule{Kind: attn.Linear, Eps: -1} }),
	}
}

// misuse calls Forward wrongly. A panic with a string or error is right.
func misuse(k *kit) {
	for _, c := range few() {
		plan := k.plan(c, attn.Options{})
		if plan == nil {
			continue
		}
		good := k.numbers(c)
		n := plan.Workspace()
		for _, wrong := range []struct {
			what string
			call func()
		}{
			{"a short workspace", func() {
				if n == 0 {
					panic("nothing to shorten")
				}
				plan.Forward(good, make([]float32, n-1))
			}},
			{"a Q of another shape", func() {
				a := good
				a.Q = attn.NewTensor(c.p.Batch, c.p.QHeads, c.p.QLen+1, c.p.HeadDim)
				plan.Forward(a, make([]float32, n))
			}},
			{"a Bias that is missing or not asked for", func() {
				a := good
				if a.Bias = attn.NewTensor(1, 1, c.p.QLen, c.p.KVLen); c.p.Bias != (attn.BiasShape{}) {
					a.Bias = attn.Tensor{}
				}
				plan.Forward(a, make([]float32, n))
			}},
			{"an Out of another shape", func() {
				a := good
				a.Out = attn.NewTensor(c.p.Batch, c.p.QHeads, c.p.QLen, c.p.ValueDim+1)
				plan.Forward(a, make([]float32, n))
			}},
			{"a V whose data is too short", func() {
				a := good
				a.V.Data = a.V.Data[:len(a.V.Data)-1]
				plan.Forward(a, make([]float32, n))
			}},
			{"an Out that overlaps V", func() {
				a := good
				shared := make([]float32, len(a.V.Data)+len(a.Out.Data))
				a.V.Data, a.Out.Data = shared[:len(a.V.Data)], shared[len(a.V.Data)-1:]
				plan.Forward(a, make([]float32, n))
			}},
			{"a Decay that is missing or not asked for", func() {
				a := good
				if a.Decay = attn.NewTensor(c.p.Batch, c.p.KVHeads, c.p.KVLen, 1); good.Decay.Data != nil {
					a.Decay = attn.Tensor{}
				}
				plan.Forward(a, make([]float32, n))
			}},
			{"a Projection of another shape", func() {
				a := good
				a.Projection = attn.NewTensor(1, 1, c.p.Features(), c.p.HeadDim+1)
				plan.Forward(a, make([]float32, n))
			}},
			{"a State0 of another shape", func() {
				a := good
				a.State0 = attn.NewTensor(c.p.Batch, c.p.KVHeads, c.p.Features()+1, c.p.ValueDim)
				plan.Forward(a, make([]float32, n))
			}},
			{"an LSE of another length", func() {
				a := good
				a.LSE = make([]float32, c.p.Batch*c.p.QHeads*c.p.QLen+1)
				plan.Forward(a, make([]float32, n))
			}},
		} {
			if message := panicOf(wrong.call); message == nil {
				k.fail("%v: Forward took %s", c, wrong.what)
			} else if _, ok := message.(string); !ok {
				k.fail("%v: %s panicked with %v, which is no message", c, wrong.what, message)
			}
		}
	}
}

func panicOf(f func()) (message any) {
	defer func() { message = recover() }()
	f()
	return nil
}
