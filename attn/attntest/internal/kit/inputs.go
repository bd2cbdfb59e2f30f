package kit

import (
	"sync"

	"attnbench/attn"
	"attnbench/internal/input"
)

// inputKey is what inputs depend on.
type inputKey struct {
	batch, qHeads, kvHeads, qLen, kvLen, headDim, valueDim int

	bias    attn.BiasShape
	decay   attn.Decay
	delta   bool
	profile string
	seed    uint64
}

// maxCached is the number of floats that made keeps at most.
const maxCached = 1 << 24

// made keeps inputs, since all rules ask for those of the same few shapes and each element
// costs a logarithm, a root and a cosine.
var made struct {
	sync.Mutex
	args   map[inputKey]attn.Args
	floats int
}

// Inputs returns the inputs of p, which the caller may change.
func Inputs(p attn.Problem, profile string, seed uint64) attn.Args {
	key := inputKey{
		p.Batch, p.QHeads, p.KVHeads, p.QLen, p.KVLen, p.HeadDim, p.ValueDim,
		p.Bias, p.Rule.Decay, p.Rule.Delta, profile, seed,
	}
	made.Lock()
	defer made.Unlock()
	a, ok := made.args[key]
	if !ok {
		a = newInputs(p, profile, seed)
		floats := 0
		for _, t := range []attn.Tensor{a.Q, a.K, a.V, a.Out, a.Bias, a.Decay, a.Beta} {
			floats += len(t.Data)
		}
		if made.floats+floats > maxCached {
			return a
		}
		if made.args == nil {
			made.args = map[inputKey]attn.Args{}
		}
		made.args[key], made.floats = a, made.floats+floats
	}
	for _, t := range []*attn.Tensor{&a.Q, &a.K, &a.V, &a.Out, &a.Bias, &a.Decay, &a.Beta} {
		*t = Clone(*t)
	}
	return a
}

func newInputs(p attn.Problem, profile string, seed uint64) attn.Args {
	limit, isRamp := ramps[profile]
	if isRamp {
		profile = "gaussian"
	}
	a, err := input.Args(p, profile, seed)
	if err != nil {
		panic(err)
	}
	if isRamp {
		ramp(p, a, limit)
	}
	return a
}
