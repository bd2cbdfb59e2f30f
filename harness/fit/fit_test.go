package fit

import (
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// law is c·n^e at doubling lengths from 128, with samples 1 % around the median.
func law(c, e float64, lengths int) []Point {
	var s []Point
	for i := range lengths {
		n := 128 << i
		m := c * math.Pow(float64(n), e)
		s = append(s, Point{n, m, m * 0.99, m * 1.01})
	}
	return s
}

// points has a median at each doubling length from 1, with exact samples.
func points(medians ...float64) []Point {
	var s []Point
	for i, m := range medians {
		s = append(s, Point{1 << i, m, m, m})
	}
	return s
}

// widened has samples from 1/by to by times the median at the lengths from lo to hi.
func widened(s []Point, lo, hi int, by float64) []Point {
	s = append([]Point(nil), s...)
	for i := range s {
		if lo <= s[i].N && s[i].N <= hi {
			s[i].Lo, s[i].Hi = s[i].Median/by, s[i].Median*by
		}
	}
	return s
}

func TestGrowIsExactOnPowerLaws(t *testing.T) {
	for _, e := range []float64{-1, 0, 0.5, 1, 2, 3} {
		got, ok := Grow(law(3, e, 7))
		want := Growth{e, e, e, 1024, 8192}
		if diff := cmp.Diff(want, got, cmpopts.EquateApprox(0, 1e-6)); !ok || diff != "" {
			t.Errorf("exponent %v: %s", e, diff)
		}
	}
}

func TestGrowIgnoresFixedCostsOfShortLengths(t *testing.T) {
	s := law(1, 2, 7)
	for i := range s[:3] {
		s[i].Median = 1e9
	}
	if g, _ := Grow(s); math.Abs(g.Exponent-2) > 1e-9 {
		t.Errorf("exponent %v: want 2 from the tail alone", g.Exponent)
	}
}

// The textbook case y = 1, 2, 2 at x = 0, 1, 2: slope 1/2, residuals -1/6, 1/3,
// -1/6, standard error sqrt(1/6 / 2), and t(0.975; 1) = 12.7062.
func TestGrowIntervalIsStudentsT(t *testing.T) {
	g, _ := Grow(points(math.E, math.Exp(2), math.Exp(2)))
	slope, half := 0.5/math.Ln2, 12.7062*math.Sqrt(1./12)/math.Ln2
	want := Growth{slope, slope - half, slope + half, 1, 4}
	if diff := cmp.Diff(want, g, cmpopts.EquateApprox(0, 1e-3)); diff != "" {
		t.Error(diff)
	}
}

func TestGrowIntervalHoldsTheTruthOfANoisyTail(t *testing.T) {
	s := law(1, 2, 4)
	s[1].Median *= 1.2
	s[2].Median *= 0.9
	g, _ := Grow(s)
	if !(g.Lo < 2 && 2 < g.Hi && g.Hi-g.Lo > 0.1) {
		t.Errorf("interval %v to %v: want one around 2 that shows the bend", g.Lo, g.Hi)
	}
}

func TestGrowNeedsThreeLengths(t *testing.T) {
	two := law(1, 2, 2)
	for name, s := range map[string][]Point{
		"none": nil, "two": two, "the same twice": append(two, two...),
		"one without a time": append(law(1, 2, 2), Point{N: 512}),
	} {
		if g, ok := Grow(s); ok {
			t.Errorf("%s: %v, want none", name, g)
		}
	}
}

func TestOvertakes(t *testing.T) {
	quadratic, linear := law(1, 2, 7), law(700, 1, 7)
	for _, c := range []struct {
		name string
		a, b []Point
		want []Crossover
	}{
		{"once", linear, quadratic, []Crossover{{700, 512, 1024}}},
		{"whatever the order of the points", []Point{linear[3], linear[2]}, quadratic, []Crossover{{700, 512, 1024}}},
		{"never the other way", quadratic, linear, nil},
		{"never with itself", linear, linear, nil},
		{"open where the samples overlap", widened(linear, 256, 2048, 4), quadratic, []Crossover{{700, 128, 4096}}},
		{"open to the shortest length, so never clearly slower", widened(linear, 0, 2048, 10), quadratic, nil},
		{"open to the longest length, so never clearly faster", widened(linear, 1024, 8192, 100), quadratic, nil},
		{"at a tie", law(512, 1, 7), quadratic, []Crossover{{512, 256, 1024}}},
		{"not beyond common lengths", linear[:3], quadratic, nil},
		{"between common lengths alone", []Point{linear[0], linear[6]}, quadratic, []Crossover{{700, 128, 8192}}},
		{"not without common lengths", []Point{{100, 1, 1, 1}}, quadratic, nil},
		{"not without a time", []Point{{N: 128}, {N: 256}}, quadratic, nil},
		{"twice", points(2, 1, 2, 1), points(1, 2, 1, 2), []Crossover{{math.Sqrt2, 1, 2}, {math.Sqrt2 * 4, 4, 8}}},
		{"a tie that turns back", points(2, 1, 2), points(1, 1, 1), nil},
		{"once where the medians waver", widened(points(4, 1, 4, 1), 2, 4, 9), points(2, 2, 2, 2), []Crossover{{4 * math.Sqrt2, 1, 8}}},
	} {
		got := Overtakes(c.a, c.b)
		if diff := cmp.Diff(c.want, got, cmpopts.EquateApprox(0, 1e-6)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}
