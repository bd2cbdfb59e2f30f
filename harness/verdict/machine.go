package verdict

import (
	"math"
	"slices"

	"attnbench/harness/result"
)

const (
	// A run is quiet where at most maxDisturbed of its visits were disturbed, where its noise
	// floor is at most maxNoise, and its drift at most maxDrift. Of a run whose floor is 3 %, a
	// comparison with 10 visits sees a change of 5 % nearly always (sweep selftest).
	maxDisturbed = 0.1
	maxNoise     = 0.03
	maxDrift     = 0.05

	// minDrift anchors tell whether the machine drifted: two in each third.
	minDrift = 6
)

// Why is what makes a run other than quiet.
type Why string

// What makes a run other than quiet.
const (
	WhyPeak  Why = "peak"  // the multiply-add rate moved: more than a tenth of the visits were disturbed
	WhyCPU   Why = "cpu"   // so many were, and for the most part since the workers had less CPU time
	WhyFloor Why = "floor" // visits to one point differ by more than a machine that is quiet
	WhyDrift Why = "drift" // the anchor was not as fast at the end as at the start
	WhyFew   Why = "few"   // too few anchors to know
)

// Run is what a record says of the machine while it was made.
type Run struct {
	Quiet bool
	Why   Why // empty where Quiet

	// Floor is the noise floor: in 95 of 100 cases the medians of two halves of the anchor's
	// visits differ by less than this share. 0: unknown.
	Floor float64
	// Drift is by what share the anchor took longer in the last third of the run than in the
	// first.
	Drift float64

	Disturbed, Visits int // visits with a time
	// The lowest and the highest peak in GFLOP/s, of the kernel set and workers whose peak
	// moved most.
	PeakLo, PeakHi float64
	Set            string
	Workers        int

	best     map[result.Engine]float64
	deprived int // disturbed visits beside a quiet peak
}

// low is the lower peak beside a visit; 0 where none was measured.
func low(v result.Visit) float64 {
	if v.PeakLowGFLOPS > 0 {
		return v.PeakLowGFLOPS
	}
	return v.PeakGFLOPS
}

// reached is the higher peak that all workers reached together beside a visit.
func reached(v result.Visit) float64 {
	if v.PeakBy != "" {
		return low(v)
	}
	return v.PeakGFLOPS
}

// Of reads what the record of a run says of its machine.
func Of(s result.Sweep) Run {
	r := Run{best: map[result.Engine]float64{}}
	anchors := s.Anchors()
	points := map[string]result.Point{}
	lowest := map[result.Engine]float64{}
	see := func(p result.Point, visits []result.Visit) {
		e := p.Engine()
		for _, v := range visits {
			r.best[e] = max(r.best[e], reached(v))
			if x := low(v); x > 0 && (lowest[e] == 0 || x < lowest[e]) {
				lowest[e] = x
			}
		}
	}
	for _, p := range s.Points {
		points[p.Key] = p
		see(p, timed(p.Visited))
	}
	for _, v := range timed(anchors) {
		if p, known := points[v.Key]; known {
			see(p, []result.Visit{v})
		}
	}
	r.peaks(lowest)
	for _, p := range s.Points {
		most := mostCPU(p)
		for _, v := range timed(p.Visited) {
			r.Visits++
			switch {
			case r.besideLowPeak(p, v):
				r.Disturbed++
			case deprived(p, v, most):
				r.Disturbed++
				r.deprived++
			}
		}
	}
	r.noise(r.quiet(points, timed(anchors)))
	r.judge()
	return r
}

// peaks finds the engine whose peak moved most.
func (r *Run) peaks(lowest map[result.Engine]float64) {
	moved := 0.0
	for e, lo := range lowest {
		hi := r.best[e]
		if x := hi / lo; x > moved || x == moved && (e.ISA < r.Set || e.ISA == r.Set && e.Workers < r.Workers) {
			moved, r.PeakLo, r.PeakHi, r.Set, r.Workers = x, lo, hi, e.ISA, e.Workers
		}
	}
}

// quiet are the anchors that were not disturbed; all where too few remain.
func (r *Run) quiet(points map[string]result.Point, anchors []result.Visit) []result.Visit {
	quiet := slices.DeleteFunc(slices.Clone(anchors), func(v result.Visit) bool { return r.IsDisturbed(points[v.Key], v) })
	if len(quiet) < minFloor {
		return anchors
	}
	return quiet
}

// noise fills in noise floor and drift.
func (r *Run) noise(anchors []result.Visit) {
	times := Times(anchors)
	r.Floor = floor(times)
	if n := len(times); n >= minDrift {
		first, last := Over(times[:n/3]), Over(times[n-n/3:])
		r.Drift = last.Median/first.Median - 1
	}
}

func (r *Run) judge() {
	switch {
	case float64(r.Disturbed) > maxDisturbed*float64(r.Visits):
		if r.Why = WhyPeak; 2*r.deprived > r.Disturbed {
			r.Why = WhyCPU
		}
	case r.Floor == 0:
		r.Why = WhyFew
	case r.Floor > maxNoise:
		r.Why = WhyFloor
	case math.Abs(r.Drift) > maxDrift:
		r.Why = WhyDrift
	default:
		r.Quiet = true
	}
}

// IsDisturbed reports whether the machine gave a visit to a point less than it gives at its
// best: a neighbour took a core, or the clock was low.
func (r Run) IsDisturbed(p result.Point, v result.Visit) bool {
	return r.besideLowPeak(p, v) || deprived(p, v, mostCPU(p))
}

func (r Run) besideLowPeak(p result.Point, v result.Visit) bool {
	x := low(v)
	return x > 0 && x < QuietPeak*r.best[p.Engine()]
}

// deprived reports whether the workers had less CPU time in a visit than they had at most in
// one to the same point.
func deprived(p result.Point, v result.Visit, most float64) bool {
	x := cpuShare(p, v)
	return x > 0 && x < QuietShare*most
}

// mostCPU is the largest share of CPU time of a visit to p.
func mostCPU(p result.Point) (most float64) {
	for _, v := range p.Visited {
		if v.Timed() {
			most = max(most, cpuShare(p, v))
		}
	}
	return most
}

// cpuShare is the CPU time of the samples of a visit, in units of what all workers can have; 0
// where it is unknown.
func cpuShare(p result.Point, v result.Visit) float64 {
	var ns int64
	for _, t := range v.SamplesNS {
		ns += t
	}
	if ns == 0 || p.Workers == 0 {
		return 0
	}
	return min(1, float64(v.CPUNS)/float64(ns)/float64(max(1, v.Repeats)*p.Workers))
}

// Counting are the visits of which the median of a point is: the quiet ones, or all with a
// time where too few of them are quiet. A point that is not ok has none: where a visit
// disagreed, the times of the others must not be told.
func (r Run) Counting(p result.Point) []result.Visit {
	if p.Status != result.StatusOK {
		return nil
	}
	most := mostCPU(p)
	counts := func(v result.Visit) bool { return v.Timed() && !r.besideLowPeak(p, v) && !deprived(p, v, most) }
	quiet := 0
	for _, v := range p.Visited {
		if counts(v) {
			quiet++
		}
	}
	if quiet < MinQuiet {
		counts = result.Visit.Timed
	}
	return only(p.Visited, counts)
}
