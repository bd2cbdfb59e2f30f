package report

import (
	"math"
	"testing"

	"attnbench/harness/result"
)

// pictureOf is the picture with that name.
func pictureOf(t *testing.T, s result.Sweep, name string) (picture, bool) {
	t.Helper()
	for _, p := range read(s).charts() {
		if p.Name == name {
			return p, true
		}
	}
	return picture{}, false
}

// Of a quadratic series the slope is near 2 between all lengths, inside its interval.
func TestTheSlopeIsTheExponentOfEachStep(t *testing.T) {
	p, drawn := pictureOf(t, visitedOften(of([]formula{naive}, 512, 1024, 2048, 4096)), "slope")
	if !drawn {
		t.Fatal("no picture")
	}
	line := p.chart.Series[0]
	if len(line.X) != 3 || math.Abs(line.X[0]-512*math.Sqrt2) > 1 {
		t.Fatalf("slopes at %v", line.X)
	}
	for i, y := range line.Y {
		if y < 1.8 || y > 2.1 || line.Lo[i] > y || line.Hi[i] < y || line.Hi[i] > maxSlope {
			t.Errorf("slope %v (%v to %v) at %v", y, line.Lo[i], line.Hi[i], line.X[i])
		}
	}
	if _, drawn := pictureOf(t, fullSweep(), "slope"); drawn {
		t.Error("a slope of points that were measured once")
	}
}

// Curves that differ in their workers alone become one line over the workers, at the longest
// length that one worker has too.
func TestTheSpeedUpIsOverOneWorker(t *testing.T) {
	var s result.Sweep
	for _, n := range []int{512, 1024} {
		for _, workers := range []int{4, 1, 2} {
			p := flash.point(n)
			p.Workers = workers
			for i := range p.SamplesNS {
				p.SamplesNS[i] /= int64(workers)
			}
			p.Key += "w" + string(rune('0'+workers))
			s.Points = append(s.Points, p)
		}
	}
	more := flash.point(2048)
	more.Workers = 4
	s.Points = append(s.Points, more, linear.point(512))
	s.Run.Machine.Environment = &result.Environment{PhysicalCores: 2}
	s = visitedOften(s)
	p, drawn := pictureOf(t, s, "threads")
	if !drawn || len(p.chart.Series) != 2 || len(p.chart.Marks) != 1 || p.chart.Marks[0].X != 2 {
		t.Fatalf("%+v", p.chart)
	}
	says(t, s, "Speed-up of 4 workers over one at 1K: flash 4.00 (3.89 to 4.12).")
	saysNothingOf(t, s, "workers overtakes", "workers pays")
	line := p.chart.Series[0]
	for i, workers := range []float64{1, 2, 4} {
		if line.Name != "flash at 1K" || line.X[i] != workers || math.Abs(line.Y[i]-workers) > 0.05*workers || line.Lo[i] > line.Y[i] || line.Hi[i] < line.Y[i] {
			t.Errorf("%s: %v workers are %v times as fast (%v to %v)", line.Name, line.X[i], line.Y[i], line.Lo[i], line.Hi[i])
		}
	}
	if _, drawn := pictureOf(t, visitedSweep(), "threads"); drawn {
		t.Error("a curve over one number of workers")
	}
}

func TestWarningsOfTheMachineAreFindings(t *testing.T) {
	s := visitedSweep()
	load := 7.0
	s.Run.Machine.Environment = &result.Environment{Load: &load, Hypervisor: "KVM"}
	says(t, s, "Mind that this is a virtual machine (KVM): its host may take cores away.")
	if rows := machine(s.Run); len(rows) < 3 {
		t.Errorf("%v", rows)
	}
}

// Outputs are compared over visits, and over the numbers of workers.
func TestEqualBitsAreSaid(t *testing.T) {
	one, two := flash.point(512), flash.point(512)
	two.Workers, two.Key = one.Workers+1, one.Key+" more"
	s := visitedOften(result.Sweep{Points: []result.Point{one, two}})
	set := func(point, visit int, digest string) { s.Points[point].Visited[visit].OutDigest = digest }
	saysNothingOf(t, s, "bits")
	for point := range s.Points {
		for visit := range s.Points[point].Visited {
			set(point, visit, "a")
		}
	}
	says(t, s, "The bits of the output were equal in all visits to each point, and for all numbers of workers.")
	set(0, 3, "b")
	says(t, s, "The bits of the output differ between visits of flash 2 workers at 512.")
	set(0, 3, "a")
	for visit := range s.Points[1].Visited {
		set(1, visit, "c")
	}
	says(t, s, "The bits of the output differ with the number of workers of flash 2 workers at 512.")
}
