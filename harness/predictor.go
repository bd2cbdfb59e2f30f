package harness

import (
	"cmp"
	"fmt"
	"math"
	"time"

	"attnbench/attn"
	"attnbench/harness/result"
)

// predictor says how long a Forward will take: the time of the last Forward measured on
// the same curve, scaled by the work that both execute.
type predictor struct {
	rates  map[string]float64 // ns per executed FLOP, by curve
	inputs float64            // ns to make a float of input
	looks  float64            // ns of a sampleCheck for each float of Out and V, at each sample
}

// First guesses; checkGuess is the time of all checks of a point for each pair that the
// oracle evaluates.
const (
	inputGuess = 50
	lookGuess  = 5
	checkGuess = 1000
)

func newPredictor() *predictor {
	return &predictor{rates: map[string]float64{}, inputs: inputGuess, looks: lookGuess}
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

// beside predicts the time of inputs, oracle, and the looks at a number of samples.
func (p *predictor) beside(pt Point, pr attn.Problem, samples int) time.Duration {
	rate := cmp.Or(p.rates[pt.checking().curve()], checkGuess)
	ns := p.inputs*float64(pr.MinBytes()/4) + rate*float64(oraclePairs(pr)) + p.looks*float64(samples)*lookFloats(pr)
	return time.Duration(math.Min(ns, math.MaxInt64/1000))
}

// oraclePairs is the number of pairs of a query and a key that the oracle evaluates of the
// sampled rows of a Forward on each profile, weighted by keyCost.
func oraclePairs(p attn.Problem) int64 {
	heads, cost := int64(p.Batch*p.QHeads), int64(p.KVLen)*int64(keyCost(p))
	if p.Rule.Kind == attn.Recurrent { // one pass answers all rows of a head: see oracle.Sample
		return min(heads, 64)*cost + max(0, heads-64)*min(cost, 1024*int64(keyCost(p)))
	}
	return min(max(heads, maxCheckedRows), heads*int64(p.QLen)) * cost
}

// lookFloats are the floats that a sampleCheck touches.
func lookFloats(p attn.Problem) float64 {
	return float64(p.Batch) * float64(p.ValueDim) * (float64(p.QHeads)*float64(p.QLen) + float64(p.KVHeads)*float64(p.KVLen))
}

func (p *predictor) learn(pt Point, work int64, t time.Duration) {
	p.rates[pt.curve()] = float64(t) / float64(max(work, 1))
}

// learnBeside learns from the time of the inputs and of all checks of a point.
func (p *predictor) learnBeside(pt Point, pr attn.Problem, inputs, checks time.Duration) {
	p.learn(pt.checking(), oraclePairs(pr), checks)
	if pr.MinBytes() > 1<<20 {
		p.inputs = float64(inputs) / float64(pr.MinBytes()/4)
	}
}

// learnLooks learns from the time of the looks at a number of samples.
func (p *predictor) learnLooks(pr attn.Problem, samples int, t time.Duration) {
	if floats := lookFloats(pr); floats > 1<<16 {
		p.looks = float64(t) / float64(samples) / floats
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
