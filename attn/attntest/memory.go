package attntest

import (
	"testing"

	"attnbench/attn"
	"attnbench/internal/guard"
)

func workspace(k *kit) {
	for _, c := range few() {
		for _, o := range k.options(1, 3) {
			plan := k.plan(c, o)
			if plan == nil {
				continue
			}
			zeroed := k.numbers(c)
			ws := make([]float32, plan.Workspace())
			if !k.guarded(c.String()+": Forward", func() { plan.Forward(zeroed, ws) }) {
				continue
			}
			for shift := range 2 {
				fenced := guard.New("workspace", plan.Workspace(), shift)
				a := k.numbers(c)
				if !k.guarded(c.String()+": Forward", func() { plan.Forward(a, fenced.Data()) }) {
					continue
				}
				k.same(c, "a workspace of zeros and one of NaN", zeroed.Out, a.Out)
				if err := fenced.Check(); err != nil {
					k.fail("%v: %v", c, err)
				}
			}
		}
	}
}

// options are the kernel sets with each of the given worker counts.
func (k *kit) options(workers ...int) []attn.Options {
	var list []attn.Options
	for _, isa := range k.isas() {
		for _, n := range workers {
			list = append(list, attn.Options{ISA: isa, Workers: n})
		}
	}
	return list
}

func output(k *kit) {
	k.compareRuns("Out held NaN, and numbers", func(c testCase, a attn.Args, o attn.Options, again func(attn.Options, attn.Args) attn.Tensor) {
		b := withOut(c.p, a)
		for i := range b.Out.Data {
			b.Out.Data[i] = 7.25
		}
		again(o, b)
	})
	k.compareRuns("packed Out and one with gaps", func(c testCase, a attn.Args, o attn.Options, again func(attn.Options, attn.Args) attn.Tensor) {
		b := a
		var fenced *guard.Buffer
		b.Out, fenced = scattered("Out", withOut(c.p, a).Out, 1)
		before := append([]float32(nil), fenced.Data()...)
		out := again(o, b)
		for i := range c.p.Batch * c.p.QHeads * c.p.QLen {
			copy(out.Row(i/c.p.QLen/c.p.QHeads, i/c.p.QLen%c.p.QHeads, i%c.p.QLen), nan(c.p.ValueDim))
		}
		if at, same := guard.Same(before, fenced.Data()); !same {
			k.fail("%v: element %d of Out's buffer lies between rows and was written", c, at)
		}
		if err := fenced.Check(); err != nil {
			k.fail("%v: %v", c, err)
		}
	})
}

func nan(n int) []float32 {
	x := make([]float32, n)
	guard.Poison(x)
	return x
}

func inputs(k *kit) {
	for _, c := range few() {
		for _, isa := range k.isas() {
			a := k.numbers(c)
			tensors := []*attn.Tensor{&a.Q, &a.K, &a.V, &a.Bias, &a.Decay, &a.Beta}
			var before []attn.Tensor
			for _, t := range tensors {
				before = append(before, clone(*t))
			}
			if !k.compute(c, attn.Options{ISA: isa, Workers: 2}, a) {
				continue
			}
			for i, name := range []string{"Q", "K", "V", "Bias", "Decay", "Beta"} {
				if at, same := guard.Same(before[i].Data, tensors[i].Data); !same {
					k.fail("%v set %q: element %d of %s was changed", c, isa, at, name)
				}
			}
		}
	}
}

func strides(k *kit) {
	k.compareRuns("packed and [batch, row, head, dim]", func(c testCase, a attn.Args, o attn.Options, again func(attn.Options, attn.Args) attn.Tensor) {
		for shift := range 4 {
			b, fences := spread(withOut(c.p, a), shift)
			again(o, b)
			for _, f := range fences {
				if err := f.Check(); err != nil {
					k.fail("%v: %v", c, err)
				}
			}
		}
	})
}

func allocation(k *kit) {
	if k.traits.Allocates {
		return
	}
	for _, c := range few() {
		for _, o := range k.options(1, 2) {
			plan := k.plan(c, o)
			if plan == nil {
				continue
			}
			a := k.numbers(c)
			ws := make([]float32, plan.Workspace())
			k.guarded(c.String()+": Forward", func() {
				// A mean below 1 is the runtime's own, or a record that concurrency made once.
				if n := testing.AllocsPerRun(20, func() { plan.Forward(a, ws) }); n >= 1 {
					k.fail("%v, %d workers: %v allocations per Forward", c, o.Workers, n)
				}
			})
		}
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
