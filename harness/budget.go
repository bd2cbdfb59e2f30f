package harness

import (
	"fmt"
	"math"
	"time"

	"attnbench/attn"
)

// Budget bounds a sweep.
type Budget struct {
	Time       time.Duration // of the whole sweep
	Memory     int64         // bytes that one point may hold; 0: unknown, unbounded
	MinSamples int           // fewer make no record
	Samples    int           // wanted of a point that is not slow
	MaxSamples int           // of a point that is fast
	Point      time.Duration // that one point may take at most; 0: half of Time

	whole int // passes of full length before the samples; 0: checkedForwards
}

// DefaultBudget is a sweep of under two minutes; QuickBudget one of seconds.
// Memory is left to the caller.
var (
	DefaultBudget = Budget{Time: 115 * time.Second, MinSamples: 3, Samples: 10, MaxSamples: 50}
	QuickBudget   = Budget{Time: 30 * time.Second, MinSamples: 3, Samples: 10, MaxSamples: 20}
)

// slow is the time after which a point takes no more than MinSamples, and
// largest the share that no point may exceed.
func (b Budget) slow() time.Duration { return b.Time / 20 }

func (b Budget) largest() time.Duration {
	if b.Point > 0 {
		return b.Point
	}
	return b.Time / 2
}

// samples is how many Forwards of length t to take: MaxSamples where they are
// cheap, Samples where they fit, fewer but at least MinSamples where they are slow.
func (b Budget) samples(t time.Duration) int {
	cheap := b.slow() / 20
	switch n := int(b.slow() / max(t, 1)); {
	case t*time.Duration(b.MaxSamples) <= cheap:
		return b.MaxSamples
	case n >= b.Samples:
		return max(b.Samples, min(b.MaxSamples, int(cheap/max(t, 1))))
	default:
		return max(b.MinSamples, n)
	}
}

// checkedForwards are a point's Forwards before the samples: the warm-up, and one
// for each hard profile.
var checkedForwards = 1 + len(hardProfiles)

func (b Budget) checks() int {
	if b.whole > 0 {
		return b.whole
	}
	return checkedForwards
}

// cost is what a point with Forwards of length t takes: checks and samples.
func (b Budget) cost(t time.Duration) time.Duration {
	return t * time.Duration(b.samples(t)+b.checks())
}

// refuse explains why a point would exceed its share of time; empty where it would not.
func (b Budget) refuse(t, overhead, left time.Duration) string {
	least := t*time.Duration(b.MinSamples+b.checks()) + overhead
	passes := fmt.Sprintf("%d checks and %d samples", b.checks(), b.MinSamples)
	if b.checks() == 1 {
		passes = fmt.Sprintf("a check and %d samples", b.MinSamples)
	}
	switch {
	case least > b.largest():
		return fmt.Sprintf("predicted %s for %s: more than one point's share, %s of the budget of %s",
			round(least), passes, round(b.largest()), b.Time)
	case least > left:
		return fmt.Sprintf("predicted %s for %s, with %s of the budget of %s left",
			round(least), passes, round(max(0, left)), b.Time)
	}
	return ""
}

func round(d time.Duration) time.Duration {
	if d > 10*time.Second {
		return d.Round(time.Second)
	}
	return d.Round(100 * time.Millisecond)
}

// predictor says how long a Forward will take, from the last one measured of the
// same curve, scaled by the work that both execute.
type predictor struct {
	rates map[string]float64 // ns per executed FLOP, by curve
	// overhead is the time a point took beside its Forwards (inputs, oracle), in
	// ns for each float of input; the oracle's sampled rows grow as the inputs do.
	overhead float64
}

func newPredictor() *predictor {
	const firstGuess = 100
	return &predictor{rates: map[string]float64{}, overhead: firstGuess}
}

// curve is the key under which points predict each other: all but the lengths.
func (pt Point) curve() string {
	return fmt.Sprintf("%s|%s|%d|%s|%s|%s", pt.Variant, pt.ISA, pt.Workers, pt.Problem.Mask, pt.Problem.Rule, pt.Phase)
}

func (p *predictor) known(pt Point) bool { return p.rates[pt.curve()] > 0 }

// assumedRate stands for a curve that is too large even for a pilot: 2 GFLOP/s.
const assumedRate = 0.5

func (p *predictor) forward(pt Point, work int64) time.Duration {
	rate := p.rates[pt.curve()]
	if rate == 0 {
		rate = assumedRate
	}
	return time.Duration(math.Min(rate*float64(work), math.MaxInt64/1000))
}

func (p *predictor) beside(pr attn.Problem) time.Duration {
	return time.Duration(p.overhead * float64(pr.MinBytes()/4))
}

func (p *predictor) learn(pt Point, work int64, t time.Duration) {
	p.rates[pt.curve()] = float64(t) / float64(max(work, 1))
}

func (p *predictor) learnBeside(pr attn.Problem, t time.Duration) {
	if pr.MinBytes() > 1<<20 {
		p.overhead = float64(t) / float64(pr.MinBytes()/4)
	}
}

// executed is the work that plan says it does, or the useful work where it does not say.
func executed(plan attn.Plan, p attn.Problem) int64 {
	if c, ok := plan.(attn.CountsFLOPs); ok {
		return c.ExecutedFLOPs()
	}
	return p.FLOPs()
}
