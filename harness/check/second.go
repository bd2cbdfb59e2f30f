package check

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"

	"attnbench/attn"
	"attnbench/internal/oracle"
)

const (
	// suspects is the number of rows that a comparison of all rows hands to the oracle.
	suspects = 4

	// minSecondRows is the least number of rows of each head that a second variant computes.
	minSecondRows = 64

	// projectedCost is the time of Projected for each token and feature of a head.
	projectedCost = 4 * time.Nanosecond
)

// Second is another way to the rows of a point, in one number each: the projections of what
// a variant of another engine computes, or of the linear family the definition of the
// projections. The rows that differ most in units of what they may differ by are handed to
// the oracle, so that no row is refused for an error of the second variant, and a wrong row
// is found anywhere. Where a variant takes too long for all rows, it computes as many rows
// of each head as it may, from a random one on. It is nil where no other way is cheap
// enough.
type Second struct {
	name   string
	lo, hi int // rows of each head
	of     int // rows there are
	signs  []float64
	rows   []float64 // projections, [B·Hq·(hi - lo)]
	units  []float64 // what they may differ by
}

// Other is a point whose rows are to be computed in another way.
type Other struct {
	Problem attn.Problem
	Args    attn.Args // its Out is overwritten
	Variant attn.Variant
	Others  []attn.Variant // that may compute the rows
	Options attn.Options
	Limit   time.Duration // that this may take
	Memory  int64         // bytes that may be held; 0: unknown
	Seed    uint64
}

// NewSecond computes rows in another way; nil without one.
func NewSecond(o Other) *Second {
	p, a := o.Problem, o.Args
	x := &Second{signs: oracle.Signs(p.ValueDim, o.Seed), hi: p.QLen, of: p.QLen}
	if oracle.ProjectedRules(&p, &a) {
		if projectedTime(p) > o.Limit {
			return nil
		}
		x.name = "projected oracle"
		x.rows, x.units = oracle.Projected(&p, &a, x.signs)
		return x
	}
	if p.Rule.Kind != attn.Softmax || o.Limit <= 0 {
		return nil
	}
	for _, v := range o.Others {
		if attn.EngineOf(v) != attn.EngineOf(o.Variant) && x.by(v, o) {
			return x
		}
	}
	return nil
}

// by computes rows by v: first few, to know its speed, then as many as the limit allows.
// It is false where v does not take the Problem.
func (x *Second) by(v attn.Variant, o Other) bool {
	o.Options.ISA = slices.Concat(attn.ISAsOf(v), []string{""})[0]
	x.pick(min(o.Problem.QLen, minSecondRows), o)
	rate, ok := x.run(v, o, 0)
	if !ok {
		return false
	}
	if x.hi-x.lo == o.Problem.QLen {
		return true
	}
	// Rows differ in work under a causal mask: half of the time is left for that.
	rows := minSecondRows
	for n := o.Problem.QLen; n > minSecondRows; n = n * 3 / 4 {
		x.pick(n, o)
		if q, _ := x.part(o.Problem, o.Args); rate*float64(workOf(v, q, o.Options)) <= float64(o.Limit)/2 {
			rows = n
			break
		}
	}
	x.pick(rows, o)
	_, ok = x.run(v, o, o.Memory)
	return ok
}

// run computes the picked rows and returns its ns for each FLOP.
func (x *Second) run(v attn.Variant, o Other, memory int64) (rate float64, ok bool) {
	q, b := x.part(o.Problem, o.Args)
	plan, err := v.Plan(q, o.Options)
	if _, selects := plan.(attn.Selector); err != nil || selects {
		return 0, false
	}
	if memory > 0 && o.Problem.MinBytes()+8*int64(plan.Workspace()) > memory {
		return 0, false
	}
	begin := time.Now()
	if Forward(plan, b, make([]float32, plan.Workspace())) != nil {
		return 0, false
	}
	took := time.Since(begin)
	x.name = v.Name()
	x.rows, x.units = oracle.Project(b.Out, x.signs), oracle.PairBound(&q, &b)
	return float64(took) / float64(max(1, Executed(plan, q))), true
}

func workOf(v attn.Variant, p attn.Problem, o attn.Options) int64 {
	plan, err := v.Plan(p, o)
	if err != nil {
		return math.MaxInt64
	}
	return Executed(plan, p)
}

// part is p and a of the picked rows alone.
func (x *Second) part(p attn.Problem, a attn.Args) (attn.Problem, attn.Args) {
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

// pick takes that many rows, at a random place.
func (x *Second) pick(rows int, o Other) {
	x.lo = rand.New(rand.NewPCG(o.Seed, uint64(rows))).IntN(x.of - rows + 1)
	x.hi = x.lo + rows
}

// projectedTime predicts the time of Projected.
func projectedTime(p attn.Problem) time.Duration {
	return projectedCost * time.Duration(p.Batch*(p.QHeads*p.QLen+p.KVHeads*p.KVLen)) * time.Duration(p.Features()+p.ValueDim)
}

// Name is what the rows were compared with, and the number of rows of each head; 0 for all.
func (x *Second) Name() (name string, rows int) {
	switch {
	case x == nil:
		return "", 0
	case x.hi-x.lo < x.of:
		return x.name, x.hi - x.lo
	}
	return x.name, 0
}

// Check compares the rows of a.Out with the second way and evaluates the oracle on the
// suspects.
func (x *Second) Check(r Rows, a attn.Args, profile string) Verdict {
	if x == nil {
		return Verdict{}
	}
	n := x.hi - x.lo
	rows := make([]oracle.Row, 0, suspects)
	for _, at := range x.farthest(oracle.Project(a.Out.Rows(x.lo, x.hi), x.signs)) {
		rows = append(rows, oracle.Row{B: at / (r.p.QHeads * n), H: at / n % r.p.QHeads, I: x.lo + at%n})
	}
	v := Rows{r.p, oracle.ExpectAll(r.p, a, rows)}.Check(a.Out, profile)
	v.Agreement.Rows = len(r.want)
	if v.Disagrees != "" {
		v.Disagrees = "beside " + x.name + ": " + v.Disagrees
	}
	return v
}

// farthest are the suspects among the projections got.
func (x *Second) farthest(got []float64) []int {
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
	return order
}
