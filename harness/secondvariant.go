package harness

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"attnbench/attn"
	"attnbench/internal/oracle"
)

const (
	// secondShare: the second way may cost this part of the predicted time of a point.
	secondShare = 10

	// suspects is the number of rows that a comparison of all rows hands to the oracle.
	suspects = 4

	// minSecondRows is the least number of rows of each head that a second variant computes.
	minSecondRows = 64

	// projectedCost is the time of Projected for each token and feature of a head.
	projectedCost = 4 * time.Nanosecond
)

// second is another way to the rows of a point, in one number each: the projections of what
// a variant of another engine computes, or of the linear family the definition of the
// projections. The rows that differ most in units of what they may differ by are handed to
// the oracle, so that no row is refused for an error of the second variant, and a wrong row
// is found anywhere. Where a variant takes too long for all rows, it computes as many rows
// of each head as it may, from a random one on. It is nil where no other way is cheap
// enough.
type second struct {
	name   string
	lo, hi int // rows of each head
	signs  []float64
	rows   []float64 // projections, [B·Hq·(hi - lo)]
	units  []float64 // what they may differ by
}

// second computes rows of p in another way that takes at most limit; nil without one.
// It overwrites a.Out.
func (s *Sweep) second(ctx context.Context, pt Point, p attn.Problem, a attn.Args, pred *predictor, limit time.Duration) *second {
	x := &second{signs: oracle.Signs(p.ValueDim, pt.Seed), hi: p.QLen}
	if oracle.ProjectedRules(&p, &a) {
		if projectedTime(p) > limit {
			return nil
		}
		x.name = "projected oracle"
		x.rows, x.units = oracle.Projected(&p, &a, x.signs)
		return x
	}
	if p.Rule.Kind != attn.Softmax {
		return nil
	}
	v, err := s.variant(pt)
	if err != nil {
		return nil
	}
	for _, other := range s.Others {
		if attn.EngineOf(other) == attn.EngineOf(v) {
			continue
		}
		pt2 := pt
		pt2.Variant, pt2.ISA = other.Name(), slices.Concat(attn.ISAsOf(other), []string{""})[0]
		if s.pilot(ctx, pt2, pred) != nil || !pred.known(pt2) {
			continue
		}
		x.name, x.lo, x.hi = other.Name(), 0, p.QLen
		// Under a causal mask rows differ in work, so that a second try may be needed.
		for range 3 {
			q, b := x.part(p, a)
			plan, err := other.Plan(q, pt2.options())
			if _, selects := plan.(attn.Selector); err != nil || selects {
				break
			}
			if t := pred.forward(pt2, executed(plan, q)); t > limit || !s.holds(p, plan) {
				x.shrink(min(0.5, 0.9*float64(limit)/float64(t)), pt.Seed, p.QLen)
				continue
			}
			if forward(plan, b, make([]float32, plan.Workspace())) != nil {
				break
			}
			x.rows, x.units = oracle.Project(b.Out, x.signs), oracle.PairBound(&q, &b)
			return x
		}
	}
	return nil
}

// part is p and a of the rows from lo to hi alone.
func (x *second) part(p attn.Problem, a attn.Args) (attn.Problem, attn.Args) {
	if x.hi-x.lo == p.QLen {
		return p, a
	}
	start := make([]int, p.Batch)
	for b := range start {
		start[b] = p.Start(b) + x.lo
	}
	p.QLen, p.QueryStart = x.hi-x.lo, start
	a.Q, a.Out = a.Q.Rows(x.lo, x.hi), a.Out.Rows(x.lo, x.hi)
	if a.Bias.Data != nil {
		a.Bias = a.Bias.Rows(x.lo, x.hi)
	}
	return p, a
}

// shrink takes a part of the rows, at least minSecondRows, at a random place.
func (x *second) shrink(part float64, seed uint64, of int) {
	rows := min(of, max(minSecondRows, int(part*float64(x.hi-x.lo))))
	x.lo = rand.New(rand.NewPCG(seed, uint64(rows))).IntN(of - rows + 1)
	x.hi = x.lo + rows
}

// holds reports whether memory holds the workspace of plan beside a point of p.
func (s *Sweep) holds(p attn.Problem, plan attn.Plan) bool {
	return s.Budget.Memory == 0 || p.MinBytes()+8*int64(plan.Workspace()) <= s.Budget.Memory
}

// projectedTime predicts the time of Projected.
func projectedTime(p attn.Problem) time.Duration {
	return projectedCost * time.Duration(p.Batch*(p.QHeads*p.QLen+p.KVHeads*p.KVLen)) * time.Duration(p.Features()+p.ValueDim)
}

// check compares the rows of a.Out with the second way and evaluates the oracle on the
// suspects.
func (x *second) check(c oracleCheck, a attn.Args, profile string) verdict {
	if x == nil {
		return verdict{}
	}
	n := x.hi - x.lo
	got := oracle.Project(a.Out.Rows(x.lo, x.hi), x.signs)
	ratio := make([]float64, len(got))
	for i, y := range got {
		z := x.rows[i]
		switch diff := math.Abs(y - z); {
		case (y-y == 0) != (z-z == 0): // one of both is finite
			ratio[i] = math.Inf(1)
		case diff > 0 && x.units[i] >= 0:
			ratio[i] = diff / x.units[i]
		}
	}
	order := make([]int, 0, suspects+1)
	for i, r := range ratio {
		at, _ := slices.BinarySearchFunc(order, r, func(j int, r float64) int {
			if ratio[j] >= r {
				return -1
			}
			return 1
		})
		if at < suspects {
			order = slices.Insert(order, at, i)[:min(len(order)+1, suspects)]
		}
	}
	rows := make([]oracle.Row, len(order))
	for i, at := range order {
		rows[i] = oracle.Row{B: at / (c.p.QHeads * n), H: at / n % c.p.QHeads, I: x.lo + at%n}
	}
	v := oracleCheck{p: c.p, rows: oracle.ExpectAll(c.p, a, rows)}.check(a.Out, profile)
	v.agreement.Rows = len(c.rows)
	if v.disagrees != "" {
		v.disagrees = "beside " + x.name + ": " + v.disagrees
	}
	return v
}
