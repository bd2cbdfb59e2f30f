package harness

import (
	"context"
	"fmt"
	"math"

	"attnbench/attn"
	"attnbench/harness/result"
)

// Recall plants pairs of a key and a value among noise and asks for them again:
// the associative recall of Arora et al. 2023 (Zoology, section 3), which needs no
// training here, since keys are random unit vectors and a query is its key.
// RecallLen keys stand in a sequence; all but the planted are noise.
const (
	RecallLen  = 1024
	maxPairs   = 128
	askedEach  = 32 // minimum of queries behind every count; minEach where dimensions are large
	minEach    = 4
	codewords  = 128
	noiseScale = 1.0 / 16 // length of a noise value; a codeword has length 1
)

// recallWork is the useful work in FLOPs, a second or two in plain Go, above which a
// variant gets fewer trials. A variant whose minimum of trials takes over four times as
// much gets none.
const recallWork = 4e9

// recallGain is the score of a query with its own key, scale·q·k, under the default
// scale: q = gain·√D·k. A noise key has a score of gain·N(0, 1/D), so that at D = 64
// all RecallLen of them together weigh e^13 against the e^28 of the planted one, and
// dense softmax retrieves.
var recallGain = 4 * math.Log(RecallLen)

// recallDistances are the distances from a pair to its query in the second count. Below
// 4 two pairs would share a place.
var recallDistances = []int{4, 8, 16, 32, 64, 128, 256, 512}

// Recall counts what every variant retrieves under every Problem of the axes. It uses
// the last kernel set of the variant's list and one worker, so that the counts do not
// depend on the machine beyond the last bits of an output. The record of a variant that
// cannot run says so. The error is that of ctx or of record.
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
	for asked > minEach && workOf(p, asked) > recallWork {
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
		r.ByPairs, r.ByDistance = nil, nil
		r.Status, r.Message = failure(err)
		return r, nil
	}
	for pairs := 1; pairs <= maxPairs; pairs *= 2 {
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
		exact, err := rc.trial(ctx, uint64(maxPairs+1)<<32|uint64(trial), behind)
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

// workOf is the useful work of all trials, plus about 10 FLOPs for each input number.
func workOf(p attn.Problem, asked int) float64 {
	one := func(queries int) float64 {
		p.QLen = queries
		return float64(p.FLOPs()) + 10*float64(p.InputBytes()/4)
	}
	work := float64(asked) * one(len(recallDistances))
	for pairs := 1; pairs <= maxPairs; pairs *= 2 {
		work += float64(max(1, asked/pairs)) * one(pairs)
	}
	return work
}
