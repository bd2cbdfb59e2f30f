package report

import (
	"fmt"
	"strings"
	"testing"

	"attnbench/harness/result"
)

// visitedPoint makes a point of schema 2 of one of schema 1: n visits, each a little slower
// than the one before it.
func visitedPoint(p result.Point, n int) result.Point {
	p.Key = fmt.Sprintf("%s %s w%d q%d k%d %s", p.Variant, p.ISA, p.Workers, p.Problem.QLen, p.Problem.KVLen, p.Phase)
	p.Series, p.Workload, p.Isolated = "", result.WorkloadForward, true
	if p.Phase == result.PhaseDecode {
		p.Workload = result.WorkloadDecode
	}
	for i := range n {
		v := result.Visit{
			Kind: result.KindVisit, Key: p.Key, Number: i, Round: i, Status: result.StatusOK, Agreement: p.Agreement, Repeats: p.Repeats, Isolated: true, Seconds: 0.5,
			PeakBytes: p.PredictedBytes + int64(i)<<10,
		}
		for _, ns := range p.SamplesNS {
			v.SamplesNS = append(v.SamplesNS, ns*int64(100+i)/100)
		}
		v.MedianNS = result.Median(v.SamplesNS)
		p.Visited = append(p.Visited, v)
		p.VisitMedians = append(p.VisitMedians, v.MedianNS)
	}
	if n > 0 {
		p.Visits, p.MedianNS, p.PeakBytes = n, result.Median(p.VisitMedians), p.Visited[n/2].PeakBytes
	}
	p.SamplesNS, p.Repeats, p.VisitBytes = nil, 0, 2*p.PredictedBytes
	return p
}

// visitedSweep is of schema 2: 6 visits up to 4K and 3 above, one that crashed, and points
// that were skipped, for time and for memory. Steps of a decoder are among them.
func visitedSweep() result.Sweep {
	s := fullSweep()
	s.Run.Schema = 2
	for i, p := range s.Points {
		n := 6
		if p.Problem.KVLen > 4096 {
			n = 3
		}
		if p.Variant == "naive" && p.Problem.KVLen > 2048 {
			ns := p.MedianNS
			p = stripped(p, result.StatusSkipped, "needs 64.0 GiB, 18.2 GiB free")
			p.PredictedNS, n, p.Drift, p.GFLOPS = ns, 0, nil, 0
		}
		s.Points[i] = visitedPoint(p, n)
	}
	lost := &s.Points[5]
	lost.Visited[2] = result.Visit{Kind: result.KindVisit, Key: lost.Key, Number: 2, Status: result.StatusFailed, Message: "killed by signal 9 (out of memory?)", Isolated: true}
	lost.VisitMedians = append(lost.VisitMedians[:2:2], lost.VisitMedians[3:]...)
	lost.Visits, lost.MedianNS = 5, result.Median(lost.VisitMedians)
	doubling(1024, 8192, func(n int) {
		s.Points = append(s.Points, visitedPoint(step("flash", "softmax", n, 12e3, 480, 0, 8192*int64(n)), 3))
	})
	for _, p := range s.Points {
		s.Visits = append(s.Visits, p.Visited...)
	}
	s.Visits = append(s.Visits, anchors(s.Points[9], 42)...)
	s.End.Points = len(s.Points)
	return s
}

// anchors are n visits to a point that waver by a hundredth.
func anchors(p result.Point, n int) (list []result.Visit) {
	for i := range n {
		v := p.Visited[0]
		v.Anchor, v.Number, v.Round = true, i, i
		v.SamplesNS = []int64{p.MedianNS * int64(1000+i*7%11) / 1000}
		v.MedianNS = v.SamplesNS[0]
		list = append(list, v)
	}
	return list
}

// disturbedSweep is visitedSweep on a machine of which a neighbour takes half in some rounds.
func disturbedSweep() result.Sweep {
	s := visitedSweep()
	s.Visits = nil
	for i := range s.Points {
		p := &s.Points[i]
		p.VisitMedians = nil
		for j := range p.Visited {
			v := &p.Visited[j]
			v.PeakGFLOPS, v.PeakLowGFLOPS = 236, 230
			if (i+j)%3 == 0 && v.Status == result.StatusOK {
				v.PeakLowGFLOPS = 81
				for k := range v.SamplesNS {
					v.SamplesNS[k] *= 2
				}
				v.MedianNS *= 2
			}
			if v.MedianNS > 0 {
				p.VisitMedians = append(p.VisitMedians, v.MedianNS)
			}
		}
		if len(p.VisitMedians) > 0 {
			p.MedianNS = result.Median(p.VisitMedians)
		}
		s.Visits = append(s.Visits, p.Visited...)
	}
	s.Visits = append(s.Visits, anchors(s.Points[9], 42)...)
	return s
}

func TestVisitsThatFailedAreNamedAndNotCounted(t *testing.T) {
	text, err := newView(visitedSweep()).page()
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| 5 of 6, 1 failed |", "| flash | 256 | 3 | killed by signal 9 (out of memory?) |", "| 6 | 23 |", "The record has 159 visits to 30 points, each in a process of its own.",
	} {
		if !strings.Contains(string(text), want) {
			t.Errorf("the page does not say %q", want)
		}
	}
}

func TestPeaksAreHeldAgainstPredictions(t *testing.T) {
	says(t, visitedSweep(), "The measured peak of memory is 1.00 (flash at 8K) to 1.01 times (flash at 128) the predicted memory.")
	saysNothingOf(t, fullSweep(), "measured peak")
}

func TestVisitsInOneProcessAreSaidToBe(t *testing.T) {
	s := visitedSweep()
	for i := range s.Points {
		for j := range s.Points[i].Visited {
			s.Points[i].Visited[j].Isolated = false
		}
	}
	if v := read(s).visitsView(); !strings.Contains(v.Summary, "all in the process of the sweep") {
		t.Error(v.Summary)
	}
	s.Points[0].Visited[0].Isolated = true
	if v := read(s).visitsView(); !strings.Contains(v.Summary, ", 1 of them in a process of its own") {
		t.Error(v.Summary)
	}
}

// A single visit has no range of visits; that of its samples shows that it is not certain.
func TestOneVisitHasTheRangeOfItsSamples(t *testing.T) {
	p := flash.point(512)
	lo, hi := span(p.SamplesNS, p.MedianNS)
	one := visitedPoint(p, 1)
	x := read(result.Sweep{Points: []result.Point{one}})
	if got := x.interval(one); got.Lo != float64(lo) || got.Hi != float64(hi) || got.Known() {
		t.Errorf("%v to %v: want %d to %d", got.Lo, got.Hi, lo, hi)
	}
	if got, want := x.timesOf(one).Interval, "range "+Duration(lo)+" – "+Duration(hi); got != want {
		t.Errorf("%s: want %s", got, want)
	}
}

// A sweep that was killed has visits of points that are not there yet.
func TestVisitsWithoutAPointAreCounted(t *testing.T) {
	s := visitedSweep()
	s.End, s.Points = nil, s.Points[:len(s.Points)-2]
	says(t, s, "The sweep was stopped before it ended; 30 points are here. The record has 6 visits to 2 points more, which the sweep needs to go on.")
}

// Bands are the ranges of the visits, and a skipped point is where it was predicted.
func TestChartsShowVisitsAndPredictions(t *testing.T) {
	for _, p := range read(visitedSweep()).charts() {
		switch p.Name {
		case "time":
			naive := p.chart.Series[0]
			if last := len(naive.X) - 1; !naive.Hollow[last] || naive.Hollow[0] || naive.X[last] != 8192 || naive.Lo[0] >= naive.Y[0] || naive.Hi[0] <= naive.Y[0] {
				t.Errorf("%+v", naive)
			}
			if !strings.Contains(p.Note, "the bands are intervals of 95 %") || !strings.Contains(p.Note, "Hollow markers") {
				t.Error(p.Note)
			}
		case "memory":
			flash := p.chart.Series[1]
			if flash.Hi[0] != flash.Y[0]+3<<10 || !p.chart.Series[0].Hollow[6] || !strings.Contains(p.Note, "bands reach to what was measured") {
				t.Errorf("%+v, %s", flash, p.Note)
			}
		}
	}
}
