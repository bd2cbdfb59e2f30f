package recall

import (
	"context"
	"math"
	"math/rand/v2"

	"attnbench/attn"
	"attnbench/harness/check"
)

// placing chooses the keys of a trial: element i is the key that query row i asks for.
type placing func(rng *rand.Rand) []int

// anywhere are distinct places before all queries.
func (rc *recaller) anywhere(pairs int) placing {
	return func(rng *rand.Rand) []int { return rng.Perm(Len - pairs)[:pairs] }
}

// behind places one pair at each of distances before its query.
func behind(*rand.Rand) []int {
	var at []int
	for i, d := range distances {
		at = append(at, Len-len(distances)+i-d)
	}
	return at
}

// recaller holds what the trials of one variant share.
type recaller struct {
	v    attn.Variant
	p    attn.Problem
	seed uint64
	book [][]float32       // unit codewords of Dv
	plan map[int]attn.Plan // by number of queries
}

func newRecaller(v attn.Variant, p attn.Problem, seed uint64) *recaller {
	rc := &recaller{v: v, p: p, seed: seed, plan: map[int]attn.Plan{}}
	rng := rand.New(rand.NewPCG(seed, math.MaxUint64))
	for range codewords {
		word := make([]float32, p.ValueDim)
		direction(rng, word, 1)
		rc.book = append(rc.book, word)
	}
	return rc
}

// trial plants pairs, asks for each, and says which queries retrieved their codeword
// exactly: no other codeword has as large an inner product with the output.
func (rc *recaller) trial(ctx context.Context, number uint64, place placing) ([]bool, error) {
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	rng := rand.New(rand.NewPCG(rc.seed, number))
	at, words := place(rng), rng.Perm(codewords)
	p := rc.p
	p.QLen = len(at)
	plan := rc.plan[p.QLen]
	if plan == nil {
		var err error
		if plan, err = rc.v.Plan(p, attn.Options{Workers: 1, ISA: isaOf(rc.v)}); err != nil {
			return nil, err
		}
		rc.plan[p.QLen] = plan
	}
	// Log decays of 0 keep everything: what a variant forgets shows its rule, not a choice of decays.
	a := attn.NewArgs(p)
	for j := range p.KVLen {
		direction(rng, a.K.Row(0, 0, j), 1)
		direction(rng, a.V.Row(0, 0, j), noiseScale)
	}
	for i := range a.Beta.Data {
		a.Beta.Data[i] = 1
	}
	length := float32(gain * math.Sqrt(float64(p.HeadDim)))
	for i, j := range at {
		copy(a.V.Row(0, 0, j), rc.book[words[i]])
		for c, x := range a.K.Row(0, 0, j) {
			a.Q.Row(0, 0, i)[c] = length * x
		}
	}
	if err := check.Forward(plan, a, make([]float32, plan.Workspace())); err != nil {
		return nil, err
	}
	exact := make([]bool, len(at))
	for i := range at {
		exact[i] = rc.nearest(a.Out.Row(0, 0, i)) == words[i]
	}
	return exact, nil
}

// nearest is the codeword with the largest inner product with out. It is -1 where
// several codewords share the largest, as all do when out is 0, and where out has a NaN.
func (rc *recaller) nearest(out []float32) int {
	best, at := math.Inf(-1), -1
	for w, word := range rc.book {
		dot := 0.0
		for c, x := range out {
			dot += float64(x) * float64(word[c])
		}
		switch {
		case dot > best:
			best, at = dot, w
		case dot == best:
			at = -1
		}
	}
	return at
}

// direction fills x with a random vector of the given length, evenly over all directions.
func direction(rng *rand.Rand, x []float32, length float64) {
	sum := 0.0
	for c := range x {
		n := rng.NormFloat64()
		x[c], sum = float32(n), sum+n*n
	}
	for c := range x {
		x[c] = float32(float64(x[c]) * length / math.Sqrt(sum))
	}
}
