// Package selftest asks whether a verdict of this machine can be trusted: how often the
// comparison of a run with itself finds a difference, how often it finds one that is there,
// and whether visits refuse kernels that are wrong on purpose.
package selftest

import (
	"context"
	"slices"
	"time"

	"attnbench/attn"
	"attnbench/harness/plan"
	"attnbench/harness/point"
	"attnbench/harness/result"
	"attnbench/harness/visit"
)

// Visits are those to each point. Two halves of them are as good as two runs of 10.
const Visits = 20

// MaxTokens is the longest point, so that all ends within 5 minutes.
const MaxTokens = 1024

// Budget bounds the visits.
var Budget = plan.Budget{
	Time: 4 * time.Minute, Visits: Visits, LongVisits: Visits, LongFrom: MaxTokens, Rows: 16,
	Share: 20, Samples: visit.Samples{Min: 1, Want: 3, Max: 10},
}

// Points are 256 and 1024 tokens of each variant, as a sweep of the defaults has them.
func Points(chosen []attn.Variant, workers int) []point.Point {
	axes := point.Axes{Variants: chosen, Workers: []int{workers}, Input: "gaussian", Seed: 1}
	for _, n := range []int{MaxTokens / 4, MaxTokens} {
		axes.Shapes = append(axes.Shapes, attn.Problem{Batch: 1, QHeads: 4, KVHeads: 4, QLen: n, KVLen: n, HeadDim: 64, ValueDim: 64})
	}
	return axes.Points()
}

// Record is the record of a sweep that was made for this test. Without anchors the visits to
// the first point stand for them: they are made in every round.
func Record(points []result.Point, anchors []result.Visit) result.Sweep {
	s := result.Sweep{Points: points, Visits: anchors}
	if len(points) > 0 && len(anchors) == 0 {
		for _, v := range points[0].Visited {
			v.Anchor = true
			s.Visits = append(s.Visits, v)
		}
	}
	return s
}

// Refusal is what visits said of a planted kernel.
type Refusal struct {
	Kernel  *Planted
	Unseen  bool // this system cannot see it, and no visit was made
	Status  result.Status
	Message string
}

// Passed reports whether the kernel got a time.
func (r Refusal) Passed() bool { return !r.Unseen && r.Status == result.StatusOK }

// Wanted reports whether the visits said what they should.
func (r Refusal) Wanted() bool { return r.Unseen || r.Passed() == (r.Kernel.Wrong == "") }

// visitsToPlanted is how often a sweep visits a point: a neighbour may hide work that is put
// off from one visit, and one that is not ok shows in the record.
const visitsToPlanted = 6

// Refuse visits each planted kernel until a visit says of it what it should.
func Refuse(ctx context.Context, e visit.Executor, planted []*Planted) ([]Refusal, error) {
	var list []Refusal
	for _, k := range planted {
		r := Refusal{Kernel: k, Unseen: k.seen != nil && !k.seen()}
		for number := 0; number < visitsToPlanted && (number == 0 && !r.Unseen || !r.Wanted()); number++ {
			points := Points([]attn.Variant{k}, 1)
			visits, err := e.Visit(ctx, visit.Request{
				Points: points[len(points)-1:], Numbers: []int{number}, Whole: true, Second: 5 * time.Second,
				Samples: visit.Samples{Min: 5, Want: 7, Max: 9, Time: 4 * time.Second}, Timeout: time.Minute,
			})
			if err != nil {
				return nil, err
			}
			r.Status, r.Message = visits[0].Status, visits[0].Message
		}
		list = append(list, r)
	}
	return list, nil
}

// Base is the variant that is spoilt: one that masked softmax is the typical Problem of, with
// another engine beside it to compare with where there is one.
func Base(all []attn.Variant) attn.Variant {
	i := max(0, slices.IndexFunc(all, func(v attn.Variant) bool { return v.Name() == "flash" }))
	return all[i]
}
