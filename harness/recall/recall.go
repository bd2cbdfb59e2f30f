// Package recall counts what variants retrieve of planted pairs: a figure of quality that
// needs no training and no clock.
package recall

import (
	"context"
	"fmt"
	"math"

	"attnbench/attn"
	"attnbench/harness/point"
	"attnbench/harness/result"
	"attnbench/harness/workload"
)

// Trials plant pairs of a key and a value among noise and asks for them again:
// the associative recall of Arora et al. 2023 (Zoology, section 3), which needs no
// training here, since keys are random unit vectors and a query is its key.
// Len keys stand in a sequence; all but the planted are noise.
const (
	Len        = 1024
	maxPairs   = 128
	askedEach  = 32 // minimum of queries behind every count; minEach where dimensions are large
	minEach    = 4
	codewords  = 128
	noiseScale = 1.0 / 16 // length of a noise value; a codeword has length 1
)

// maxWork is the useful work in FLOPs, a second or two in plain Go, above which a
// variant gets fewer trials. A variant whose minimum of trials takes over four times as
// much gets none.
const maxWork = 4e9

// gain is the score of a query with its own key, scale·q·k, under the default
// scale: q = gain·√D·k. A noise key has a score of gain·N(0, 1/D), so that at D = 64
// all Len of them together weigh e^13 against the e^28 of the planted one, and
// dense softmax retrieves.
var gain = 4 * math.Log(Len)

// distances are the distances from a pair to its query in the second count. Below
// 4 two pairs would share a place.
var distances = []int{4, 8, 16, 32, 64, 128, 256, 512}

// Count counts what every variant retrieves under every Problem of the axes, but for the
// recalls whose key is in done. It uses the last kernel set of the variant's list and one
// worker, so that the counts do not depend on the machine beyond the last bits of an output.
// The record of a variant that cannot run says so. The error is that of ctx or of record.
func Count(ctx context.Context, axes point.Axes, done map[string]bool, record func(result.Recall) error) error {
	if len(axes.Shapes) == 0 {
		return nil
	}
	shape := attn.Problem{
		Batch: 1, QHeads: 1, KVHeads: 1, QLen: Len, KVLen: Len,
		HeadDim: axes.Shapes[0].HeadDim, ValueDim: axes.Shapes[0].ValueDim,
	}
	for _, v := range axes.Variants {
		for _, p := range axes.Problems(v, shape) {
			if done[key(v, p, axes.Seed)] {
				continue
			}
			r, err := of(ctx, v, p, axes.Seed)
			if err != nil {
				return err
			}
			if err := record(r); err != nil {
				return err
			}
		}
	}
	return nil
}

// of is the record of one variant; its error is ctx's.
func of(ctx context.Context, v attn.Variant, p attn.Problem, seed uint64) (result.Recall, error) {
	r := result.Recall{Kind: result.KindRecall, Key: key(v, p, seed), Variant: v.Name(), ISA: isaOf(v), Workers: 1, Problem: point.Describe(p), Seed: seed,
		Gain: gain, Codewords: codewords, Status: result.StatusOK}
	if err := p.Validate(); err != nil {
		r.Status, r.Message = result.StatusSkipped, err.Error()
		return r, nil
	}
	asked := askedEach
	for asked > minEach && workOf(p, asked) > maxWork {
		asked /= 2
	}
	if work := workOf(p, asked); work > 4*maxWork {
		r.Status, r.Message = result.StatusSkipped, fmt.Sprintf("predicted %.3g GFLOP with HeadDim %d and ValueDim %d: more than the %.3g that recall may take",
			work/1e9, p.HeadDim, p.ValueDim, 4*maxWork/1e9)
		return r, nil
	}
	rc := newRecaller(v, p, seed)
	fail := func(err error) (result.Recall, error) {
		if ctx.Err() != nil {
			return r, ctx.Err()
		}
		r.ByPairs, r.ByDistance = nil, nil
		r.Status, r.Message = workload.Status(err)
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
	r.ByDistance = make([]result.RecallCount, len(distances))
	for trial := range asked {
		exact, err := rc.trial(ctx, uint64(maxPairs+1)<<32|uint64(trial), behind)
		if err != nil {
			return fail(err)
		}
		for i, ok := range exact {
			c := &r.ByDistance[i]
			c.Pairs, c.Distance = len(exact), distances[i]
			c.Queries++
			if ok {
				c.Exact++
			}
		}
	}
	r.StateBytes = workload.StateBytes(p)
	if s, ok := rc.plan[1].(attn.Selector); ok {
		r.Selection = s.Selects()
	}
	return r, nil
}

// key identifies a recall: see point.Point.
func key(v attn.Variant, p attn.Problem, seed uint64) string {
	pt := point.Point{Variant: v.Name(), ISA: isaOf(v), Workers: 1, Workload: "recall", Problem: point.Describe(p), Input: "pairs", Seed: seed}
	return pt.Key()
}

// isaOf is the last kernel set of v's list, which is best first; empty where it has none.
func isaOf(v attn.Variant) string {
	if own := attn.ISAsOf(v); len(own) > 0 {
		return own[len(own)-1]
	}
	return ""
}

// workOf is the useful work of all trials, plus about 10 FLOPs for each input number.
func workOf(p attn.Problem, asked int) float64 {
	one := func(queries int) float64 {
		p.QLen = queries
		return float64(p.FLOPs()) + 10*float64(p.InputBytes()/4)
	}
	work := float64(asked) * one(len(distances))
	for pairs := 1; pairs <= maxPairs; pairs *= 2 {
		work += float64(max(1, asked/pairs)) * one(pairs)
	}
	return work
}
