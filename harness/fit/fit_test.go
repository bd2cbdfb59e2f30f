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

func TestGrowIsExactOnPowerLaws(t *testing.T) {
	for _, e := range []float64{0, 0.5, 1, 2, 3} {
		got, ok := Grow(law(3, e, 7))
		want := Growth{e, e, e, 1024, 8192}
		if diff := cmp.Diff(want, got, cmpopts.EquateApprox(0, 1e-9)); !ok || diff != "" {
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

func TestGrowIntervalHoldsTheTruthOfABentTail(t *testing.T) {
	s := law(1, 2, 4)
	s[1].Median *= 1.2
	s[2].Median *= 0.9
	g, _ := Grow(s)
	if !(g.Lo < 2 && 2 < g.Hi && g.Hi-g.Lo > 0.1) {
		t.Errorf("interval %v to %v: want one around 2 that shows the bend", g.Lo, g.Hi)
	}
}

func TestGrowNeedsThreeLengths(t *testing.T) {
	if g, ok := Grow(law(1, 2, 2)); ok {
		t.Errorf("two lengths gave %v", g)
	}
}

func TestOvertakes(t *testing.T) {
	quadratic, linear := law(1, 2, 7), law(700, 1, 7)
	wide := law(700, 1, 7)
	for i := range wide {
		wide[i].Lo, wide[i].Hi = wide[i].Median/4, wide[i].Median*4
	}
	tied := law(512, 1, 7)
	for _, c := range []struct {
		name string
		a, b []Point
		want []Crossover
	}{
		{"once", linear, quadratic, []Crossover{{700, 512, 1024}}},
		{"never the other way", quadratic, linear, nil},
		{"never with itself", linear, linear, nil},
		{"open between lengths whose samples overlap", wide, quadratic, []Crossover{{700, 128, 4096}}},
		{"at a tie", tied, quadratic, []Crossover{{512, 256, 1024}}},
		{"not beyond common lengths", linear[:2], quadratic, nil},
		{"not without common lengths", []Point{{100, 1, 1, 1}}, quadratic, nil},
	} {
		got := Overtakes(c.a, c.b)
		if diff := cmp.Diff(c.want, got, cmpopts.EquateApprox(0, 1e-6)); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
}

func TestOvertakesTwice(t *testing.T) {
	a := []Point{{1, 2, 2, 2}, {2, 1, 1, 1}, {4, 2, 2, 2}, {8, 1, 1, 1}}
	b := []Point{{1, 1, 1, 1}, {2, 2, 2, 2}, {4, 1, 1, 1}, {8, 2, 2, 2}}
	if got := Overtakes(a, b); len(got) != 2 || got[0].Hi != 2 || got[1].Lo != 4 {
		t.Errorf("got %v: want crossings before 2 and after 4", got)
	}
}
