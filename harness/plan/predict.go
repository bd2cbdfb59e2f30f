package plan

import (
	"math"
	"time"

	"attnbench/harness/check"
	"attnbench/harness/point"
	"attnbench/harness/result"
	"attnbench/harness/workload"
)

const (
	// assumedRate stands for a curve that nothing is known of: 2 GFLOP/s, or 2 GB/s.
	assumedRate = 0.5

	// assumedBeside is what a visit of a point takes beside its calls: the start of a process,
	// inputs, the oracle, the peak. It is the least that any prediction says.
	assumedBeside = 100 * time.Millisecond

	// shortGrowth is the power with which the time beside the calls grows from a length of at
	// most pilotLen: measured 0.28 s at 128 tokens and 5.0 s at 8192 with the full check, 0.10
	// and 0.84 s without. A good part of it is the start, at that length.
	shortGrowth = 0.75

	// firstCalls are those before the samples: on other numbers, the checked one, and one that
	// tells how many samples there are.
	firstCalls = 3
)

// predictor says how long a visit will take: what the last visit on the same curve took,
// scaled by work and length.
type predictor struct {
	rates  map[string]rate   // of a call, by curve
	beside map[string]beside // by curve and kind of check
}

// rate is the time of a call in ns for each unit of its work, at a length.
type rate struct {
	ns     float64
	tokens int
}

// beside is what a visit took beside its calls, of each of its points.
type beside struct {
	ns     float64
	tokens int
}

func newPredictor() *predictor {
	return &predictor{map[string]rate{}, map[string]beside{}}
}

// besideKey tells full checks from others.
func besideKey(pt point.Point, whole bool) string {
	if whole {
		return "whole " + pt.Curve()
	}
	return pt.Curve()
}

// known reports whether the rate of a curve is known at no very short length, of which calls
// are slow for their work.
func (p *predictor) known(pt point.Point) bool { return p.rates[pt.Curve()].tokens >= pilotLen }

// sure reports whether a visit like the next one was made.
func (p *predictor) sure(st *stop) bool {
	return p.beside[besideKey(st.cells[0].Point, st.whole())].ns > 0
}

// call is the time of one call.
func (p *predictor) call(pt point.Point) time.Duration {
	ns := p.rates[pt.Curve()].ns
	if ns == 0 {
		ns = assumedRate
	}
	return bounded(ns * float64(workOf(pt)))
}

func bounded(ns float64) time.Duration { return time.Duration(math.Min(ns, math.MaxInt64/1e6)) }

// visit is the time of a visit to the open cells of a stop, with the fewest samples.
func (p *predictor) visit(st *stop, whole bool, b Budget) (t time.Duration) {
	for _, c := range st.open() {
		t += p.besideOf(c.Point, whole) + bounded(calls(c.Point, whole, b.samples(c.Point).Min)*float64(p.call(c.Point)))
	}
	return t
}

// rest is the time of all visits that a stop still wants.
func (p *predictor) rest(st *stop, b Budget) (t time.Duration) {
	n := st.want - st.made()
	if n > 0 && st.whole() {
		t, n = p.visit(st, true, b), n-1
	}
	if n > 0 {
		t += time.Duration(n) * p.visit(st, false, b)
	}
	return t
}

// calls are those of a point in a visit: those of hard numbers are of a full check, and of
// few tokens where the point is of a State. Of a step all others count nothing.
func calls(pt point.Point, whole bool, samples int) float64 {
	n := firstCalls + samples
	if whole && pt.Workload != result.WorkloadPrefill {
		n += check.MaxHard
	}
	return float64(n)
}

// besideOf is the time beside the calls. It grows with the length beyond pilotLen, below which
// it is that of a process and its start; but for the contexts of a series, where it is for the
// most part that of the oracle, which looks at fewer heads of a longer context.
func (p *predictor) besideOf(pt point.Point, whole bool) time.Duration {
	x, known := p.beside[besideKey(pt, whole)]
	if !known {
		x = p.beside[besideKey(pt, !whole)]
	}
	if x.tokens == 0 {
		return assumedBeside
	}
	longer := float64(tokens(pt)) / float64(max(pilotLen, x.tokens))
	if x.tokens <= pilotLen {
		longer = math.Pow(longer, shortGrowth)
	}
	if kind, _ := workload.KindOf(pt.Workload); kind.Contexts {
		longer = 1
	}
	return max(assumedBeside, bounded(x.ns*max(1, longer)))
}

// learn takes in a visit, of a full check where whole is set.
func (p *predictor) learn(pt point.Point, v result.Visit, whole bool) {
	if v.Status != result.StatusOK {
		return
	}
	t := v.MedianNS
	if v.Selection != nil {
		t += v.Selection.MedianNS
	}
	samples := len(v.SamplesNS) * max(1, v.Repeats)
	spent := calls(pt, whole, samples) * float64(t)
	if t > 0 {
		p.rates[pt.Curve()] = rate{float64(t) / float64(workOf(pt)), tokens(pt)}
	}
	p.beside[besideKey(pt, whole)] = beside{max(1, 1e9*v.Seconds-spent), tokens(pt)}
}

// workOf is what the time of a call grows with, at least 1: useful work, or of a step the bytes
// that it reads.
func workOf(pt point.Point) int64 {
	p, err := point.Problem(pt.Problem)
	switch {
	case err != nil:
		return 1
	case pt.Workload == result.WorkloadDecode:
		return max(1, workload.ReadBytes(p))
	}
	return max(1, p.FLOPs())
}
