package harness

import (
	"fmt"
	"math"
	"time"

	"attnbench/attn"
	"attnbench/harness/result"
)

// predictor says how long a Forward will take: the time of the last Forward measured on
// the same curve, scaled by the work that both execute.
type predictor struct {
	rates map[string]float64 // ns per executed FLOP, by curve
	// overhead is the time of inputs and oracle, in ns for each float of input; the
	// oracle's sampled rows grow as the inputs do.
	overhead float64
}

func newPredictor() *predictor {
	const firstGuess = 100
	return &predictor{rates: map[string]float64{}, overhead: firstGuess}
}

// curve is the key under which points predict each other: everything but the lengths.
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

// executed is the work that the plan says it does, or the useful work.
func executed(plan attn.Plan, p attn.Problem) int64 {
	if c, ok := plan.(attn.CountsFLOPs); ok {
		return c.ExecutedFLOPs()
	}
	return p.FLOPs()
}

// filling and checking are the curves of a State's overhead: the time to fill it, which
// grows with the tokens, and the time of the checks, which grows with the pairs that the
// oracle evaluates.
func (pt Point) filling() Point {
	pt.Phase += " filling"
	return pt
}

func (pt Point) checking() Point {
	pt.Phase += " checking"
	return pt
}

// stateWork is what the time of one sample grows with: the bytes that a step reads, or
// the useful work of a prefill.
func stateWork(pt Point, p attn.Problem) int64 {
	if pt.Phase == result.PhaseDecode {
		return readBytes(p)
	}
	return p.FLOPs()
}
