package attntest

import (
	"runtime"

	"attnbench/attn"
	"attnbench/attn/attntest/internal/kit"
	"attnbench/attn/mask"
)

// flops compares what a Plan says that it executes with the useful work of its Problem, or
// of the Problem selected.
func flops(k *kit.Kit) {
	for _, p := range kit.Each(k, all()) {
		c := kit.Gaussian(p)
		for _, o := range k.Options(1) {
			plan := k.Plan(c, o)
			counts, ok := plan.(attn.CountsFLOPs)
			if !ok {
				continue
			}
			executed, of := counts.ExecutedFLOPs(), p
			if _, selects := plan.(attn.Selector); selects {
				of, _ = selected(k, c, o, k.Numbers(c))
			}
			if useful := of.FLOPs(); executed < useful {
				k.Fail("%v set %q: ExecutedFLOPs is %d, less than the useful work of %d", c, o.ISA, executed, useful)
			}
			if k.Forward(c, plan, k.Numbers(c)) && counts.ExecutedFLOPs() != executed {
				k.Fail("%v set %q: ExecutedFLOPs was %d and is %d after a Forward", c, o.ISA, executed, counts.ExecutedFLOPs())
			}
		}
	}
}

// maxKept is how many bytes a Plan and its Forwards may take of the heap beside the caller's
// workspace: more than any block mask or list of spans of memoryCases, and less than K or
// V of one head or the scores of one.
const maxKept = 96 << 10

// memoryCases have K and V of 128 KiB a head, and 1 MiB of scores.
func memoryCases() []attn.Problem {
	base := kit.Problem(1, 1, 1, 512, 512, 64, 64)
	var list []attn.Problem
	for _, m := range []attn.Mask{attn.Full(), attn.Causal(), attn.Window{Left: 100}, mask.StreamingLLM(4, 60)} {
		base.Mask = m
		list = append(list, base)
	}
	base.Mask = attn.Causal()
	for _, text := range []string{"linear:elu1", "delta", "gated:dim"} {
		base.Rule, _ = attn.ParseRule(text)
		list = append(list, base)
	}
	return list
}

// memory counts the bytes that a new Plan and its first Forwards allocate. The heap alone
// would not show what a sync.Pool holds, which a collection empties.
func memory(k *kit.Kit) {
	if k.Traits.Allocates || k.Traits.OwnMemory {
		return
	}
	for _, p := range kit.Each(k, memoryCases()) {
		c := kit.Gaussian(p)
		o := attn.Options{ISA: k.ISAs()[0], Workers: 2}
		if k.Plan(c, o) == nil { // what a variant makes once is made before
			continue
		}
		a := k.Numbers(c)
		for try := 1; ; try++ {
			before := allocated()
			plan := k.Plan(c, o)
			planned := allocated()
			ws := make([]float32, plan.Workspace())
			own := allocated()
			ok := k.Guarded(c.String()+": Forward", func() {
				plan.Forward(a, ws)
				plan.Forward(a, ws)
			})
			kept := allocated() - own + planned - before
			if !ok || kept <= maxKept {
				break
			}
			if try == triesOfMemory { // or something else allocates all the time
				k.Fail("%v: a Plan and two Forwards allocate %d bytes beside Workspace: want at most %d. Take scratch from ws; or set Traits.OwnMemory if a library has buffers of its own", c, kept, maxKept)
				break
			}
		}
	}
}

const triesOfMemory = 3

// allocated returns the bytes allocated on the heap since the process began.
func allocated() int64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.TotalAlloc)
}
