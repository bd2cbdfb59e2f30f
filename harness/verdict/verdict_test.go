package verdict

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"attnbench/harness/result"
)

// visited is a point with visits of these times, one in each round, beside a peak of 100.
func visited(name string, ns ...int64) result.Point {
	p := result.Point{Key: name, ISA: "avx2", Workers: 2, Status: result.StatusOK}
	for i, t := range ns {
		p.Visited = append(p.Visited, result.Visit{Key: name, Number: i, Round: i, Status: result.StatusOK, MedianNS: t, PeakGFLOPS: 100, PeakLowGFLOPS: 99})
	}
	return p
}

// anchored is a sweep of points with anchor visits of these times.
func anchored(points []result.Point, ns ...int64) result.Sweep {
	s := result.Sweep{Points: points}
	for i, v := range visited(points[0].Key, ns...).Visited {
		v.Anchor, v.Round = true, i
		s.Visits = append(s.Visits, v)
	}
	return s
}

// noisy are n times around ns with a standard deviation of that share.
func noisy(rng *rand.Rand, n int, ns, share float64) []int64 {
	list := make([]int64, n)
	for i := range list {
		list[i] = int64(ns * math.Exp(share*rng.NormFloat64()))
	}
	return list
}

func seq(n int, from, step int64) (list []int64) {
	for i := range n {
		list = append(list, from+int64(i)*step)
	}
	return list
}

func TestIntervalsAreOrderStatistics(t *testing.T) {
	for _, c := range []struct {
		n              int
		lo, median, hi float64
	}{
		{1, 0, 0, 0}, {3, 0, 1, 2}, {5, 0, 2, 4}, // ranges
		{6, 0, 2.5, 5}, {9, 1, 4, 7}, {20, 5, 9.5, 14}, // textbook: x(1), x(6); x(2), x(8); x(6), x(15)
	} {
		i := Over(seq(c.n, 0, 1))
		if i.Lo != c.lo || i.Median != c.median || i.Hi != c.hi || i.Known() != (c.n >= MinVisits) {
			t.Errorf("%d visits: %+v", c.n, i)
		}
	}
}

func TestAVisitBesideALowPeakDoesNotCount(t *testing.T) {
	p := visited("a", 10, 11, 12, 30, 31, 32)
	for i := range 3 {
		p.Visited[3+i].PeakLowGFLOPS = 60
	}
	r := Of(result.Sweep{Points: []result.Point{p}})
	if got := Times(r.Counting(p)); !slices.Equal(got, []int64{10, 11, 12}) || r.Disturbed != 3 || r.Visits != 6 || r.Why != WhyPeak {
		t.Errorf("%v of %+v", got, r)
	}
	if r.PeakLo != 60 || r.PeakHi != 100 || r.Set != "avx2" || r.Workers != 2 {
		t.Errorf("the peak moved from %v to %v on %s, %d workers", r.PeakLo, r.PeakHi, r.Set, r.Workers)
	}
	// Too few remain.
	p.Visited[2].PeakLowGFLOPS = 60
	if got := Of(result.Sweep{Points: []result.Point{p}}).Counting(p); len(got) != 6 {
		t.Errorf("%d visits count: want all, as two are too few", len(got))
	}
	// The peak of one worker times their number is not what other visits fell short of.
	p = visited("a", 10, 11, 12, 13)
	p.Visited[0].PeakGFLOPS, p.Visited[0].PeakLowGFLOPS, p.Visited[0].PeakBy = 130, 98, result.PeakByOneWorker
	if r := Of(result.Sweep{Points: []result.Point{p}}); r.Disturbed != 0 || r.PeakHi != 100 {
		t.Errorf("%d of 4 visits are disturbed, peak up to %v: want none, 100", r.Disturbed, r.PeakHi)
	}
	// Another number of workers has a peak of its own.
	q := visited("b", 10, 10, 10, 10)
	q.Workers = 1
	for i := range q.Visited {
		q.Visited[i].PeakGFLOPS, q.Visited[i].PeakLowGFLOPS = 50, 50
	}
	if r := Of(result.Sweep{Points: []result.Point{p, q}}); r.IsDisturbed(q, q.Visited[0]) {
		t.Error("one worker is called disturbed beside two")
	}
}

// Two workers that share a CPU while samples are taken have one of their own each beside them.
func TestAVisitWhoseWorkersHadLittleCPUTimeDoesNotCount(t *testing.T) {
	p := visited("a", 10, 11, 12, 18, 19)
	for i := range p.Visited {
		v := &p.Visited[i]
		v.SamplesNS, v.Repeats = []int64{v.MedianNS, v.MedianNS}, 3
		v.CPUNS = []int64{115, 129, 120, 110, 120}[i] // of 120, 132, 144, 216, 228
	}
	r := Of(result.Sweep{Points: []result.Point{p}})
	if got := Times(r.Counting(p)); !slices.Equal(got, []int64{10, 11, 12}) || r.Disturbed != 2 || r.Why != WhyCPU {
		t.Errorf("%v of %+v", got, r)
	}
	if want := "disturbed: in 2 of 5 visits the workers had less CPU time than in others; repeat on a quiet machine"; r.String() != want {
		t.Errorf("%q: want %q", r, want)
	}
	for i := range p.Visited {
		p.Visited[i].CPUNS = 0 // a system that does not tell
	}
	if r := Of(result.Sweep{Points: []result.Point{p}}); r.Disturbed != 0 {
		t.Errorf("%d visits are disturbed: nothing is known", r.Disturbed)
	}
}

func TestTheMachineIsCalledWhatItsAnchorsShow(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	points := []result.Point{visited("a", 10, 10, 10, 10, 10, 10)}
	drifting := append(noisy(rng, 12, 1e6, 0.005), noisy(rng, 12, 1.2e6, 0.005)...)
	for _, c := range []struct {
		name    string
		anchors []int64
		why     Why
	}{
		{"steady", noisy(rng, 36, 1e6, 0.01), ""},
		{"few", noisy(rng, 3, 1e6, 0.01), WhyFew},
		{"none", nil, WhyFew},
		{"wild", noisy(rng, 36, 1e6, 0.2), WhyFloor},
		{"slower and slower", drifting, WhyDrift},
	} {
		r := Of(anchored(points, c.anchors...))
		if r.Why != c.why || r.Quiet != (c.why == "") {
			t.Errorf("%s: %q, floor %.3f, drift %.3f", c.name, r.Why, r.Floor, r.Drift)
		}
	}
}

// Medians of 6 normal numbers have a standard deviation of 0.465 of theirs (exactly, by the
// order statistics), so that two differ by less than 1.96·√2·0.465 = 1.29 in 95 of 100 cases.
// Halves of one dozen are a little closer: without replacement they share its spread.
func TestTheNoiseFloorIsThatOfTwoHalves(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	if f := floor(noisy(rng, 1200, 1e9, 0.01)); f < 0.0118 || f > 0.0140 {
		t.Errorf("floor %.4f: want about 0.0129", f)
	}
	if f := floor(slices.Repeat([]int64{5}, 12)); f != 0 {
		t.Errorf("floor %v of visits that are all alike", f)
	}
}

func TestOrders(t *testing.T) {
	steady := noisy(rand.New(rand.NewPCG(5, 6)), 36, 1e6, 0.005)
	for _, c := range []struct {
		name string
		a, b []int64
		sign int
	}{
		{"6 visits apart", seq(6, 1000, 1), seq(6, 1200, 1), -1},
		{"the other way", seq(6, 1200, 1), seq(6, 1000, 1), 1},
		{"6 visits that overlap in one", seq(6, 1000, 1), append(seq(5, 1200, 1), 1003), 0},
		{"apart, but within the noise", seq(6, 100000, 1), seq(6, 100100, 1), 0},
		{"3 visits apart", seq(3, 1000, 1), seq(3, 1200, 1), 0},
		{"4 visits apart", seq(4, 1000, 1), seq(4, 1200, 1), -1},
		{"4 visits that overlap", seq(4, 1000, 1), append(seq(3, 1200, 1), 1002), 0},
		{"6 and 4 apart", seq(6, 1000, 1), seq(4, 1200, 1), -1},
		{"no visits", nil, seq(6, 1, 1), 0},
		{"20 visits that overlap a little", seq(20, 1000, 10), seq(20, 1180, 10), -1},
	} {
		a, b := visited("a", c.a...), visited("b", c.b...)
		r := Of(anchored([]result.Point{a, b}, steady...))
		o := r.Orders([]Pair{{a, b}})[0]
		if o.Sign != c.sign || len(c.a) > 0 && !(o.Lo <= o.Ratio && o.Ratio <= o.Hi) || o.Sign < 0 && o.Lo <= 1 {
			t.Errorf("%s: %+v, want %d (%q)", c.name, o, c.sign, r.Why)
		}
	}
}

// What one pair alone may say, one among many alike may not.
func TestManyPairsMustBeClearer(t *testing.T) {
	steady := noisy(rand.New(rand.NewPCG(5, 6)), 36, 1e6, 0.005)
	a, b := visited("a", seq(6, 1000, 1)...), visited("b", seq(6, 1200, 1)...)
	r := Of(anchored([]result.Point{a, b}, steady...))
	alike := slices.Repeat([]Pair{{a, a}}, 9)
	if o := r.Orders(append(alike, Pair{a, b})); o[9].Sign != 0 {
		t.Errorf("one of ten with p = %.4f is said", o[9].P)
	}
	apart := slices.Repeat([]Pair{{a, b}}, 9)
	if o := r.Orders(append(apart, Pair{a, a})); o[0].Sign != -1 || o[9].Sign != 0 {
		t.Errorf("of ten, nine apart: %+v", o)
	}
}

func TestADisturbedRunOrdersOnlyWhatPartsInEveryRound(t *testing.T) {
	a, b := visited("a", seq(6, 1000, 1)...), visited("b", seq(6, 1200, 1)...)
	wild := noisy(rand.New(rand.NewPCG(7, 8)), 36, 1e6, 0.06)
	r := Of(anchored([]result.Point{a, b}, wild...))
	if r.Quiet || r.Floor > 0.15 {
		t.Fatalf("%+v", r)
	}
	if o := r.Orders([]Pair{{a, b}}); o[0].Sign != -1 {
		t.Errorf("%+v: apart in every round", o)
	}
	// A disturbed visit of a counts here: in its round it was slower.
	slow := a.Visited[2]
	slow.MedianNS, slow.PeakLowGFLOPS, slow.Number = 1300, 50, 6
	a.Visited = append(a.Visited, slow)
	if o := r.Orders([]Pair{{a, b}}); o[0].Sign != 0 {
		t.Errorf("%+v: not apart in round 2", o)
	}
}

// Of a whole run whose points are all alike hardly any says a word.
func TestPointsThatAreAlikeAreHardlyEverOrdered(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 10))
	const runs = 1000
	said := 0
	r := Run{Quiet: true, Floor: floor(noisy(rng, 36, 1e6, 0.01))}
	for range runs {
		var points []result.Point
		for i := range 4 {
			points = append(points, visited(fmt.Sprint(i), noisy(rng, 6, 1e6, 0.01)...))
		}
		var pairs []Pair
		for i := range points {
			for j := range i {
				pairs = append(pairs, Pair{points[i], points[j]})
			}
		}
		if slices.ContainsFunc(r.Orders(pairs), func(o Order) bool { return o.Sign != 0 }) {
			said++
		}
	}
	if said > runs/100 {
		t.Errorf("%d of %d runs order points that are alike", said, runs)
	}
}

func TestChanges(t *testing.T) {
	steady := noisy(rand.New(rand.NewPCG(5, 6)), 36, 1e6, 0.005)
	for _, c := range []struct {
		name     string
		old, new []int64
		want     Verdict
		needs    int
	}{
		{"slower", seq(8, 1000, 1), seq(8, 1100, 1), Slower, 0},
		{"faster", seq(8, 1100, 1), seq(8, 1000, 1), Faster, 0},
		{"same", seq(8, 1000, 1), seq(8, 1002, 1), Same, 0},
		{"clear, but within the noise", seq(20, 100000, 1), seq(20, 100200, 1), Same, 0},
		{"wide", seq(8, 1000, 100), seq(8, 1100, 100), Unclear, 0},
		{"few visits", seq(3, 1000, 1), seq(3, 1100, 1), Unclear, 6},
		{"none", nil, seq(3, 1100, 1), Unclear, 6},
	} {
		a, b := visited("a", c.old...), visited("a", c.new...)
		old, new := Of(anchored([]result.Point{a}, steady...)), Of(anchored([]result.Point{b}, steady...))
		got := Changes(old, new, []Pair{{a, b}})[0]
		if got.Verdict != c.want || got.Needs != c.needs {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
	// A run whose machine was disturbed is no change of the point.
	before, after := visited("a", seq(8, 1000, 1)...), visited("a", seq(8, 1500, 1)...)
	for i := range after.Visited {
		after.Visited[i].PeakLowGFLOPS = 60
	}
	old, new := Of(anchored([]result.Point{before}, steady...)), Of(anchored([]result.Point{after}, steady...))
	if got := Changes(old, new, []Pair{{before, after}})[0]; got.Verdict != Unclear {
		t.Errorf("disturbed: %+v", got)
	}
	// Of 28 points of which one changed, 6 visits cannot tell: 8 can.
	a, b := visited("a", seq(6, 1000, 1)...), visited("a", seq(6, 1100, 1)...)
	r := Of(anchored([]result.Point{a}, steady...))
	pairs := append(slices.Repeat([]Pair{{a, a}}, 27), Pair{a, b})
	if got := Changes(r, r, pairs)[27]; got.Verdict != Unclear || got.Needs != 8 {
		t.Errorf("one of 28: %+v", got)
	}
}

// Benjamini and Hochberg's own example: of 15 p-values the first four hold at 5 %.
func TestDiscoveriesAreThoseOfThePaper(t *testing.T) {
	p := []float64{0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1}
	n := 0
	for _, ok := range discoveries(p, 0.05) {
		if ok {
			n++
		}
	}
	if n != 4 {
		t.Errorf("%d hold", n)
	}
	if len(discoveries(nil, 0.05)) != 0 {
		t.Error("of none some hold")
	}
}

// The tables of U at two-sided 5 %: 5 for 6 and 6, 13 for 8 and 8, 127 for 20 and 20.
func TestCriticalUIsThatOfTheTables(t *testing.T) {
	for n, u := range map[int]int{6: 5, 8: 13, 20: 127} {
		if got := criticalU(n, n) - 1; got != u {
			t.Errorf("%d and %d: %d, want %d", n, n, got, u)
		}
	}
	if exact, near := criticalU(40, 40), 599; math.Abs(float64(exact-near)) > 3 {
		t.Errorf("40 and 40: %d", exact)
	}
	if a, b := criticalU(41, 41), criticalU(40, 40); a < b || a > b+40 {
		t.Errorf("the normal distribution does not join: %d, %d", b, a)
	}
}

func TestSchema1SaysNothing(t *testing.T) {
	p := result.Point{Status: result.StatusOK, SamplesNS: []int64{1, 2}, MedianNS: 1}
	r := Of(result.Sweep{Points: []result.Point{p, p}})
	if o := r.Orders([]Pair{{p, p}})[0]; o.Sign != 0 || o.Ratio != 0 || r.Why != WhyFew {
		t.Errorf("%+v, %+v", o, r)
	}
}
