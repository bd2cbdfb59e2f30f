package selftest

import (
	"bytes"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"attnbench/attn"
	"attnbench/harness/result"
	"attnbench/harness/verdict"
	"attnbench/harness/visit"
	"attnbench/variants/flash"
	"attnbench/variants/naive"
)

// record has 20 visits to each of some points, with that noise, beside a peak of 100 or, in
// every third visit of a disturbed record, of 60.
func record(noise float64, disturbed bool) result.Sweep {
	rng := rand.New(rand.NewPCG(2, 15))
	var points []result.Point
	for _, key := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
		p := result.Point{Key: key, ISA: "avx2", Workers: 2, Status: result.StatusOK}
		for i := range Visits {
			v := result.Visit{Key: key, Number: i, Round: i, Status: result.StatusOK, PeakGFLOPS: 100, MedianNS: int64(1e6 * math.Exp(noise*rng.NormFloat64()))}
			if disturbed && i%3 == 0 {
				v.PeakGFLOPS, v.MedianNS = 60, v.MedianNS*2
			}
			p.Visited = append(p.Visited, v)
		}
		points = append(points, p)
	}
	return Record(points, nil)
}

func TestAQuietMachineKeepsTheBounds(t *testing.T) {
	h := Compare(record(0.01, false), 100)
	if !h.Run.Quiet || h.False > MaxFalse || h.Power < MinPower || h.Needs < verdict.MinVisits || h.Needs > Visits/2 || h.Visits != Visits || h.Points != 8 {
		t.Errorf("%+v", h)
	}
	if bad := Failures(h, nil); len(bad) > 0 {
		t.Error(bad)
	}
}

func TestNoiseNeedsMoreVisits(t *testing.T) {
	calm, noisy := Compare(record(0.003, false), 100), Compare(record(0.06, false), 100)
	if calm.Needs == 0 || noisy.Needs != 0 || noisy.Power > 0.5 || noisy.Run.Why != verdict.WhyFloor {
		t.Errorf("calm %+v\nnoisy %+v", calm, noisy)
	}
	if noisy.False > MaxFalse {
		t.Errorf("%.3f of the comparisons of a noisy run with itself differ", noisy.False)
	}
}

// On a machine that is disturbed power is not judged, and what is printed says so.
func TestADisturbedMachineIsSaidToBe(t *testing.T) {
	h := Compare(record(0.06, true), 100)
	if h.Run.Why != verdict.WhyPeak || h.False > MaxFalse || len(Failures(h, nil)) > 0 {
		t.Errorf("%+v, %v", h, Failures(h, nil))
	}
	var b bytes.Buffer
	if err := Write(&b, h, nil); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"disturbed: the peak moved between 60 and 100 GFLOP/s", "It is not judged, since the machine was not quiet."} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("%s\nwant %q", b.String(), want)
		}
	}
}

// A comparison that calls everything different is caught.
func TestBoundsThatAreNotKeptAreNamed(t *testing.T) {
	h := Halves{Run: verdict.Run{Quiet: true}, False: 0.02, Power: 0.9}
	bad := strings.Join(Failures(h, []Refusal{{Kernel: Plant(flash.New())[1], Status: result.StatusOK}}), "; ")
	for _, want := range []string{"a planted kernel got a time (one row of one head)", "2.0 %", "90.0 %"} {
		if !strings.Contains(bad, want) {
			t.Errorf("%s: want %q", bad, want)
		}
	}
}

func TestEveryVisitIsInOneHalf(t *testing.T) {
	s := record(0.01, false)
	order := rand.New(rand.NewPCG(1, 1)).Perm(Visits)
	for _, c := range compared(verdict.Of(s), s.Points, order, Visits/2, 1) {
		if c.Old.Visits != Visits/2 || c.New.Visits != Visits/2 {
			t.Errorf("%d and %d visits", c.Old.Visits, c.New.Visits)
		}
	}
}

func TestPlantedKernelsAreRefused(t *testing.T) {
	if testing.Short() {
		t.Skip("visits take long, and judge every kernel set alike")
	}
	env := visit.Env{Others: []attn.Variant{naive.New(), flash.New()}}
	planted := Plant(flash.New())
	for _, k := range planted {
		env.Variants = append(env.Variants, k)
	}
	list, err := Refuse(t.Context(), visit.Here{Env: env}, planted)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range list {
		if !r.Wanted() {
			t.Errorf("%q: %s", r.Kernel.Wrong, r.said())
		}
		t.Logf("%s: %s", r.Kernel.Wrong, r.said())
	}
}

// A program whose visits fail for any reason must not look as if it had refused something.
func TestRefusalsNeedAnHonestKernelThatPasses(t *testing.T) {
	planted := Plant(flash.New())
	list, err := Refuse(t.Context(), visit.Here{}, planted)
	if err != nil {
		t.Fatal(err)
	}
	if bad := Failures(Halves{}, list); len(bad) != 1 || !strings.Contains(bad[0], "an honest kernel was refused") {
		t.Errorf("%q", bad)
	}
}
