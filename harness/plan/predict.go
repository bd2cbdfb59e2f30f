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
	// tells how many samples there are. Of a prefill the full check makes one more, after the
	// samples, and later visits begin with a part of a call.
	firstCalls   = 3
	wholePrefill = 4
	laterPrefill = 1.5

	// A visit after the full check takes about this part of what that took beside its calls.
	wholeBeside = 3
)

// predictor says how long a visit will take: what the last visit on the same curve took,
// scaled by work and length.
type predictor struct {
	rates  map[string]rate   // of a call, by curve
	beside map[string]beside // by curve and kind of check
	long   time.Duration     // a prefill that takes as long is the only call of its sample; 0: none
	other  time.Duration     // what the full check of a series last took for a context, which stands for series not yet seen
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
	return &predictor{rates: map[string]rate{}, beside: map[string]beside{}}
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

// visit is the time of a visit to the open cells of a stop.
func (p *predictor) visit(st *stop, whole bool, b Budget) (t time.Duration) {
	for _, c := range st.open() {
		t += p.part(c.Point, whole, b)
	}
	return t
}

// part is the time that a visit spends on one of its points: with the fewest samples, of steps
// with as many as it will take.
func (p *predictor) part(pt point.Point, whole bool, b Budget) time.Duration {
	call, samples := p.call(pt), b.samples(pt)
	n := samples.Min
	if pt.Workload == result.WorkloadDecode {
		n = samples.Count(call)
	}
	return p.besideOf(pt, whole) + bounded(p.calls(pt, whole, n, call)*float64(call))
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
func (p *predictor) calls(pt point.Point, whole bool, samples int, call time.Duration) float64 {
	n := float64(samples)
	switch {
	case pt.Workload != result.WorkloadPrefill && whole:
		return n + firstCalls + float64(check.MaxHard)
	case pt.Workload != result.WorkloadPrefill:
		return n + firstCalls
	case whole:
		n += wholePrefill
	default:
		n += laterPrefill
	}
	if p.long > 0 && call >= p.long {
		n--
	}
	return n
}

// besideOf is the time beside the calls. It grows with the length beyond pilotLen, below which
// it is that of a process and its start; but for States, where it is for the most part that of
// the oracle, which looks at fewer heads of a longer context: of a series it is the same at every
// context, and of a prefill it grows slowly.
func (p *predictor) besideOf(pt point.Point, whole bool) time.Duration {
	x, known := p.beside[besideKey(pt, whole)]
	if !known {
		if x = p.beside[besideKey(pt, !whole)]; !whole {
			x.ns /= wholeBeside
		}
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
	} else if pt.Workload == result.WorkloadPrefill {
		longer = math.Sqrt(longer)
	}
	return max(assumedBeside, bounded(x.ns*max(1, longer)))
}

// learn takes in a visit, of a full check where whole is set.
func (p *predictor) learn(pt point.Point, v result.Visit, whole bool) {
	if v.Status != result.StatusOK {
		return
	}
	if t := callOf(v); t > 0 {
		p.rates[pt.Curve()] = rate{float64(t) / float64(workOf(pt)), tokens(pt)}
	}
	p.beside[besideKey(pt, whole)] = beside{max(1, 1e9*v.Seconds-p.spent(pt, v, whole)), tokens(pt)}
}

// learnSeries takes in what a visit to several contexts took beside its calls, which is shared
// between them: they differ in calls, and each has its part of the time alone.
func (p *predictor) learnSeries(cells []*cell, visits []result.Visit, whole bool) {
	if len(visits) < 2 || visits[0].Status != result.StatusOK {
		return
	}
	sum := 0.0
	for i, v := range visits {
		sum += 1e9*v.Seconds - p.spent(cells[i].Point, v, whole)
	}
	if whole {
		p.other = bounded(1e9 * visits[0].Seconds)
	}
	pt := cells[len(visits)-1].Point
	p.beside[besideKey(pt, whole)] = beside{max(1, sum/float64(len(visits))), tokens(pt)}
}

// callOf is the time of a call of a visit.
func callOf(v result.Visit) time.Duration {
	t := v.MedianNS
	if v.Selection != nil {
		t += v.Selection.MedianNS
	}
	return time.Duration(t)
}

// spent is what a visit spent on calls, in ns.
func (p *predictor) spent(pt point.Point, v result.Visit, whole bool) float64 {
	call := callOf(v)
	return p.calls(pt, whole, len(v.SamplesNS)*max(1, v.Repeats), call) * float64(call)
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
