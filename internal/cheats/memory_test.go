package cheats

import (
	"math"
	"sync"

	"attnbench/attn"
)

// The cheats of this file compute the right thing once, or sometimes.

// returnsStale computes the first call of a Plan and returns its output from then on.
func returnsStale(_ attn.Problem, _ attn.Options, honest attn.Plan) forward {
	var mu sync.Mutex
	var first []float32
	return func(a attn.Args, ws []float32) {
		mu.Lock()
		defer mu.Unlock()
		if first != nil {
			restore(a.Out, first)
			return
		}
		honest.Forward(a, ws)
		first = saved(a.Out)
	}
}

// wrongOnce is wrong in one element of its fifth call, and of its sixth, the first that is
// timed.
func wrongOnce(p attn.Problem, _ attn.Options, honest attn.Plan) forward {
	var mu sync.Mutex
	calls := 0
	return func(a attn.Args, ws []float32) {
		honest.Forward(a, ws)
		mu.Lock()
		defer mu.Unlock()
		if calls++; calls == 5 || calls == 6 {
			a.Out.Row(p.Batch-1, p.QHeads/2, p.QLen/3)[0] += 0.125
		}
	}
}

// mark is a number that no one else leaves in a workspace.
const mark = 0x1.5ea1p-77

// trustsWorkspace leaves its output in the workspace, and returns it where the workspace
// still has it.
func trustsWorkspace(p attn.Problem, _ attn.Options, honest attn.Plan) forward {
	return func(a attn.Args, ws []float32) {
		need := honest.Workspace()
		left := ws[need : need+maxStored]
		if size := p.Batch * p.QHeads * p.QLen * p.ValueDim; size < maxStored {
			if left[size] == mark {
				restore(a.Out, left)
				return
			}
			defer func() {
				copy(left, saved(a.Out))
				left[size] = mark
			}()
		}
		honest.Forward(a, ws)
	}
}

// maxStored is the extra workspace of trustsWorkspace.
const maxStored = 1 << 18

// needsNaN computes where Out holds NaN, as buffers of tests do, and otherwise trusts that
// Out holds the result of the call before.
func needsNaN(_ attn.Problem, _ attn.Options, honest attn.Plan) forward {
	return func(a attn.Args, ws []float32) {
		empty := false
		eachRow(a.Out, func(row []float32) { empty = empty || row[0] != row[0] })
		if empty {
			honest.Forward(a, ws)
		}
	}
}

// cachesBy returns what it computed before for the same key of the inputs, in whichever Plan.
func cachesBy[K comparable](key func(p *attn.Problem, a *attn.Args) K) func(attn.Problem, attn.Options, attn.Plan) forward {
	type problemKey struct {
		problem string
		key     K
	}
	var mu sync.Mutex
	cache := map[problemKey][]float32{}
	return func(p attn.Problem, _ attn.Options, honest attn.Plan) forward {
		name := p.String()
		return func(a attn.Args, ws []float32) {
			mu.Lock()
			defer mu.Unlock()
			at := problemKey{name, key(&p, &a)}
			if out := cache[at]; out != nil {
				restore(a.Out, out)
				return
			}
			honest.Forward(a, ws)
			cache[at] = saved(a.Out)
		}
	}
}

// address is where the inputs begin.
func address(_ *attn.Problem, a *attn.Args) [3]*float32 {
	return [3]*float32{&a.Q.Data[0], &a.K.Data[0], &a.V.Data[0]}
}

// content is a number of Q and of K each: as much as can be read at no cost.
func content(p *attn.Problem, a *attn.Args) [3]uint32 {
	return [3]uint32{
		math.Float32bits(a.Q.Data[0]), math.Float32bits(a.K.Data[0]),
		math.Float32bits(a.K.Row(p.Batch-1, p.KVHeads-1, p.KVLen-1)[0]),
	}
}
