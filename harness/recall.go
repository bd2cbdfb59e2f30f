package harness

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"

	"attnbench/attn"
	"attnbench/harness/result"
)

// Recall plants pairs of a key and a value among noise and asks for them again:
// the associative recall of Arora et al. 2023 (Zoology, section 3), which needs no
// training here, since keys are random unit vectors and a query is its key.
// RecallLen keys stand in a sequence; all but the planted are noise.
const (
	RecallLen  = 1024
	mostPairs  = 128
	askedEach  = 32 // at least as many queries stand behind every count, fewestEach where dimensions are large
	fewestEach = 4
	codewords  = 128
	noiseScale = 1.0 / 16 // length of a noise value; a codeword has length 1
)

// recallWork is how much useful work in FLOPs the trials of a variant may take before
// they become fewer: a second or two in plain Go. Beyond four times as much with
// the fewest of them, they are left out.
const recallWork = 4e9

// recallGain is the score of a query with its own key, scale·q·k, under the default
// scale: q = gain·√D·k. A noise key has a score of gain·N(0, 1/D), so that at D = 64
// all RecallLen of them together weigh e^13 against the e^28 of the planted one, and
// dense softmax retrieves.
var recallGain = 4 * math.Log(RecallLen)

// recallDistances are how far behind the last queries the pairs of the second count
// lie: powers of two from 4, below which two pairs would share a place.
var recallDistances = []int{4, 8, 16, 32, 64, 128, 256, 512}

// Recall counts, for every variant and Problem of the axes, what it retrieves:
// once for each Problem, with the plainest kernel set and one worker, so that the
// counts do not depend on the machine beyond the last bits of an output. What
// cannot run says so. It ends with ctx's error, or that of record.
func Recall(ctx context.Context, axes Axes, record func(result.Recall) error) error {
	if len(axes.Shapes) == 0 {
		return nil
	}
	shape := attn.Problem{
		Batch: 1, QHeads: 1, KVHeads: 1, QLen: RecallLen, KVLen: RecallLen,
		HeadDim: axes.Shapes[0].HeadDim, ValueDim: axes.Shapes[0].ValueDim,
	}
	for _, v := range axes.Variants {
		for _, p := range axes.problems(v, shape) {
			r, err := recallOf(ctx, v, p, axes.Seed)
			if err != nil {
				return err
			}
			if r.Series = v.Name(); len(axes.Masks) > 1 {
				r.Series += " " + p.Mask.String()
			}
			if err := record(r); err != nil {
				return err
			}
		}
	}
	return nil
}

// recallOf is the record of one variant; its error is ctx's.
func recallOf(ctx context.Context, v attn.Variant, p attn.Problem, seed uint64) (result.Recall, error) {
	r := result.Recall{Kind: result.KindRecall, Variant: v.Name(), Problem: describe(p), Seed: seed,
		Gain: recallGain, Codewords: codewords, Status: result.StatusOK}
	if err := p.Validate(); err != nil {
		r.Status, r.Message = result.StatusSkipped, err.Error()
		return r, nil
	}
	asked := askedEach
	for asked > fewestEach && workOf(p, asked) > recallWork {
		asked /= 2
	}
	if work := workOf(p, asked); work > 4*recallWork {
		r.Status, r.Message = result.StatusSkipped, fmt.Sprintf("predicted %.3g GFLOP with HeadDim %d and ValueDim %d: more than the %.3g that recall may take",
			work/1e9, p.HeadDim, p.ValueDim, 4*recallWork/1e9)
		return r, nil
	}
	rc := newRecaller(v, p, seed)
	fail := func(err error) (result.Recall, error) {
		if ctx.Err() != nil {
			return r, ctx.Err()
		}
		r.Status, r.Message, r.ByPairs, r.ByDistance = result.StatusFailed, err.Error(), nil, nil
		if errors.Is(err, errors.ErrUnsupported) {
			r.Status = result.StatusUnsupported
		}
		return r, nil
	}
	for pairs := 1; pairs <= mostPairs; pairs *= 2 {
		c := result.RecallCount{Pairs: pairs}
		for trial := range max(1, asked/pairs) {
			exact, err := rc.trial(ctx, uint64(pairs)<<32|uint64(trial), rc.anywhere(pairs))
			if err != nil {
				return fail(err)
			}
			c.Queries += pairs
			for _, ok := range exact {
				if ok {
					c.Exact++
				}
			}
		}
		r.ByPairs = append(r.ByPairs, c)
	}
	r.ByDistance = make([]result.RecallCount, len(recallDistances))
	for trial := range asked {
		exact, err := rc.trial(ctx, uint64(mostPairs+1)<<32|uint64(trial), behind)
		if err != nil {
			return fail(err)
		}
		for i, ok := range exact {
			c := &r.ByDistance[i]
			c.Pairs, c.Distance = len(exact), recallDistances[i]
			c.Queries++
			if ok {
				c.Exact++
			}
		}
	}
	r.StateBytes = stateBytes(p)
	if s := selectionOf(rc.plan[1]); s != nil {
		r.Selection = s.By
	}
	return r, nil
}

// workOf is the useful work of all trials, and the making of their inputs at about
// 10 FLOPs a number.
func workOf(p attn.Problem, asked int) float64 {
	one := func(queries int) float64 {
		p.QLen = queries
		return float64(p.FLOPs()) + 10*float64(p.InputBytes()/4)
	}
	work := float64(asked) * one(len(recallDistances))
	for pairs := 1; pairs <= mostPairs; pairs *= 2 {
		work += float64(max(1, asked/pairs)) * one(pairs)
	}
	return work
}

// placing chooses where the pairs of a trial lie: the key that query row i asks for.
type placing func(rng *rand.Rand) []int

// anywhere are distinct places before all queries.
func (rc *recaller) anywhere(pairs int) placing {
	return func(rng *rand.Rand) []int { return rng.Perm(RecallLen - pairs)[:pairs] }
}

// behind are the places at recallDistances, one for each of the last positions.
func behind(*rand.Rand) []int {
	var at []int
	for i, d := range recallDistances {
		at = append(at, RecallLen-len(recallDistances)+i-d)
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

// trial plants, asks and says which queries retrieved their codeword exactly: its
// inner product with the output is the largest of all codewords.
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
		var isa string
		if own := attn.ISAsOf(rc.v); len(own) > 0 {
			isa = own[len(own)-1] // best first
		}
		var err error
		if plan, err = rc.v.Plan(p, attn.Options{Workers: 1, ISA: isa}); err != nil {
			return nil, err
		}
		rc.plan[p.QLen] = plan
	}
	a := attn.Args{
		Q: attn.NewTensor(1, 1, p.QLen, p.HeadDim), K: attn.NewTensor(1, 1, p.KVLen, p.HeadDim),
		V: attn.NewTensor(1, 1, p.KVLen, p.ValueDim), Out: attn.NewTensor(1, 1, p.QLen, p.ValueDim),
	}
	for j := range p.KVLen {
		direction(rng, a.K.Row(0, 0, j), 1)
		direction(rng, a.V.Row(0, 0, j), noiseScale)
	}
	if p.Bias != (attn.BiasShape{}) {
		a.Bias = attn.NewTensor(1, 1, p.QLen, p.KVLen)
	}
	switch p.Rule.Decay { // a logarithm of 0 keeps all: what is forgotten shows the rule, not a choice of decays
	case attn.HeadDecay:
		a.Decay = attn.NewTensor(1, 1, p.KVLen, 1)
	case attn.DimDecay:
		a.Decay = attn.NewTensor(1, 1, p.KVLen, p.HeadDim)
	}
	if p.Rule.Delta {
		a.Beta = mapped(attn.NewTensor(1, 1, p.KVLen, 1), func(float32) float32 { return 1 })
	}
	gain := float32(recallGain * math.Sqrt(float64(p.HeadDim)))
	for i, j := range at {
		copy(a.V.Row(0, 0, j), rc.book[words[i]])
		for c, x := range a.K.Row(0, 0, j) {
			a.Q.Row(0, 0, i)[c] = gain * x
		}
	}
	if err := forward(plan, a, make([]float32, plan.Workspace())); err != nil {
		return nil, err
	}
	exact := make([]bool, len(at))
	for i := range at {
		exact[i] = rc.nearest(a.Out.Row(0, 0, i)) == words[i]
	}
	return exact, nil
}

// nearest is the codeword with the largest inner product with out; -1 where
// several share it, as they all do with an output of zeros, or where it is NaN.
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
