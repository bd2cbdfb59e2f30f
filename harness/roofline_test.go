package harness

import (
	"context"
	"math"
	"strings"
	"testing"
	"time"

	"attnbench/attn"
	"attnbench/harness/machine"
	"attnbench/harness/result"
	"attnbench/internal/kernel"
)

// choosing is a scripted variant with a choice of kernel sets.
type choosing struct{ scripted }

func (choosing) ISAs() []string { return []string{"fake"} }

// fakeSet does a fixed number of GFLOP/s, each call of Peak by sleeping.
func fakeSet(gflops float64) *kernel.Set {
	return &kernel.Set{
		Name: "fake",
		Peak: func(rounds int) int64 {
			begin := time.Now()
			time.Sleep(time.Duration(rounds))
			return int64(gflops * float64(time.Since(begin)))
		},
		Sum: func(x []float32) float32 { time.Sleep(time.Millisecond); return x[0] },
	}
}

// rooflineSweep runs one point of 16 tokens on a machine that find describes.
func rooflineSweep(t *testing.T, v attn.Variant, isa string, change func(*Sweep)) result.Point {
	t.Helper()
	src, _, err := OpenSource("gaussian", 1)
	if err != nil {
		t.Fatal(err)
	}
	axes := Axes{Variants: []attn.Variant{v}, Shapes: []attn.Problem{shape(16)}, Workers: []int{1}, Input: "gaussian", Seed: 1}
	points := axes.Points()
	points[0].ISA = isa
	var list []result.Point
	s := Sweep{Variants: axes.Variants, Points: points, Source: src, Budget: testBudget(), Record: func(p result.Point) error {
		list = append(list, p)
		return nil
	}}
	s.Budget.Memory = 0
	change(&s)
	if err := s.Run(context.Background()); err != nil {
		t.Fatal(err)
	}
	return list[0]
}

func on(set *kernel.Set) func(*Sweep) {
	return func(s *Sweep) { s.find = func(string) (*kernel.Set, error) { return set, nil } }
}

func TestAPointIsComparedWithThePeakBesideIt(t *testing.T) {
	set, floats := fakeSet(50), 0
	set.Sum = func(x []float32) float32 { time.Sleep(time.Millisecond); floats = max(floats, len(x)); return x[0] }
	p := rooflineSweep(t, choosing{scripted{name: "x"}}, "fake", on(set))
	if p.Status != result.StatusOK || p.Message != "" {
		t.Fatalf("%s: %s", p.Status, p.Message)
	}
	// Workers that wait for each other make the fake a little slower, never faster.
	if !(p.PeakGFLOPS > 25 && p.PeakGFLOPS < 51) {
		t.Errorf("a machine of 50 GFLOP/s has a peak of %v", p.PeakGFLOPS)
	}
	want := float64(p.FLOPs) / float64(p.MedianNS) / p.PeakGFLOPS
	if !(math.Abs(p.PeakFraction-want) <= 1e-3*want) {
		t.Errorf("fraction %v: want %v, of the numbers beside it", p.PeakFraction, want)
	}
	// At most what the one worker reads in the millisecond that each pass sleeps.
	if most := float64(4*floats) / 1e6; !(p.BandwidthGBS > 0 && p.BandwidthGBS <= rounded(most)) {
		t.Errorf("bandwidth %v: want above 0, at most %v", p.BandwidthGBS, most)
	}
}

func TestFasterThanTheMachineIsAWrongFLOPCount(t *testing.T) {
	p := rooflineSweep(t, choosing{scripted{name: "x"}}, "fake", on(fakeSet(1e-3)))
	if p.Status != result.StatusFailed || !strings.Contains(p.Message, "its FLOPs are counted wrong") || !strings.Contains(p.Message, "the FMA peak of fake") {
		t.Errorf("%s: %s", p.Status, p.Message)
	}
	if !(p.PeakFraction > maxOfPeak) || len(p.SamplesNS) < 10 || p.MedianNS <= 0 || p.GFLOPS <= 0 || p.PeakGFLOPS <= 0 {
		t.Errorf("the evidence is not kept: fraction %v, %d samples, median %d", p.PeakFraction, len(p.SamplesNS), p.MedianNS)
	}
}

// Measurements that were disturbed on both sides do not make a liar of a point.
func TestADisturbedPeakIsMeasuredAgain(t *testing.T) {
	g := newRooflines([]Point{{Workers: 1}}, 0)
	disturbed := roofline{machine: g, set: fakeSet(50), workers: 1, gflops: 1}
	r := result.Point{FLOPs: 100, MedianNS: 5}
	if why := disturbed.exceeds(&r); why != "" || !(r.PeakFraction > 0.3 && r.PeakFraction < 0.9) || !(r.PeakGFLOPS > 20) {
		t.Errorf("20 of 50 GFLOP/s: %q, fraction %v, peak %v", why, r.PeakFraction, r.PeakGFLOPS)
	}
	// The larger of the measurements before and after the samples counts.
	quiet := roofline{machine: g, set: fakeSet(1), workers: 1, gflops: 50}
	if quiet.measure(); quiet.gflops != 50 {
		t.Errorf("after 50 and 1 GFLOP/s the peak is %v", quiet.gflops)
	}
}

func TestNoPeakWhereNothingIsMeasured(t *testing.T) {
	whole := fakeSet(50)
	for name, c := range map[string]struct {
		v      attn.Variant
		isa    string
		change func(*Sweep)
	}{
		"no choice of sets":         {scripted{name: "x"}, "", on(whole)},
		"a set that it cannot take": {scripted{name: "x"}, "fake", on(whole)},
		"a set of its own":          {choosing{scripted{name: "x"}}, "fake", func(*Sweep) {}},
		"a set without Peak":        {choosing{scripted{name: "x"}}, "fake", on(&kernel.Set{Name: "fake", Sum: whole.Sum})},
		"check":                     {choosing{scripted{name: "x"}}, "fake", func(s *Sweep) { on(whole)(s); s.CheckOnly = true }},
	} {
		p := rooflineSweep(t, c.v, c.isa, c.change)
		if p.Status != result.StatusOK || p.PeakGFLOPS != 0 || p.PeakFraction != 0 || p.BandwidthGBS != 0 {
			t.Errorf("%s: %s, peak %v, fraction %v, bandwidth %v: want none", name, p.Status, p.PeakGFLOPS, p.PeakFraction, p.BandwidthGBS)
		}
	}
	for name, change := range map[string]func(*Sweep){
		"without Sum":   on(&kernel.Set{Name: "fake", Peak: whole.Peak}),
		"little memory": func(s *Sweep) { on(whole)(s); s.Budget.Memory = 100 << 20 },
	} {
		p := rooflineSweep(t, choosing{scripted{name: "x"}}, "fake", change)
		if p.Status != result.StatusOK || !(p.PeakFraction > 0) || p.BandwidthGBS != 0 {
			t.Errorf("%s: %s, fraction %v, bandwidth %v: want a fraction alone", name, p.Status, p.PeakFraction, p.BandwidthGBS)
		}
	}
}

func TestThePredictionCountsTheMachine(t *testing.T) {
	v := choosing{scripted{name: "x"}}
	s := &Sweep{Variants: []attn.Variant{v}, Budget: testBudget()}
	pt := Point{Variant: "x", Workers: 1, Problem: describe(shape(16)), Input: "gaussian"}
	without, _ := s.predict(pt, newPredictor())
	on(fakeSet(1))(s)
	pt.ISA = "fake"
	with, _ := s.predict(pt, newPredictor())
	if with-without != machine.RooflinesTime {
		t.Errorf("%v with the machine, %v without: want %v more", with, without, machine.RooflinesTime)
	}
}
