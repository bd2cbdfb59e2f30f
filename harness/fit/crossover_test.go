package fit

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// ordered are Orders with these signs at doubling lengths from 128.
func ordered(signs ...int) []Order {
	var list []Order
	for i, s := range signs {
		list = append(list, Order{N: 128 << i, Sign: s})
	}
	return list
}

func TestCross(t *testing.T) {
	quadratic, linear := one(law(1, 2, 0, 0, 6)), one(law(700, 1, 0, 0, 6)) // equal at 700
	twice := one(law(2, 1, 0, 0, 6))
	at := func(sign, before, after int) Crossover {
		return Crossover{Sign: sign, At: 700, Lo: 700, Hi: 700, Before: before, After: after}
	}
	for _, c := range []struct {
		name   string
		a, b   []Point
		orders []Order
		want   Crossing
	}{
		{"linear overtakes", linear, quadratic, ordered(1, 1, 1, -1, -1, -1),
			Crossing{Outcome: Crosses, Crossovers: []Crossover{at(-1, 512, 1024)}, Trend: Widening, Since: 1024}},
		{"quadratic is overtaken", quadratic, linear, ordered(-1, -1, -1, 1, 1, 1),
			Crossing{Outcome: Crosses, Crossovers: []Crossover{at(1, 512, 1024)}, Trend: Widening, Since: 1024}},
		{"alike between", linear, quadratic, ordered(1, 1, 0, 0, -1, -1),
			Crossing{Outcome: Crosses, Crossovers: []Crossover{at(-1, 256, 2048)}, Trend: Widening, Since: 2048}},
		{"alike at the end", linear, quadratic, ordered(1, 1, 1, -1, 0, 0),
			Crossing{Outcome: Crosses, Crossovers: []Crossover{at(-1, 512, 1024)}}},
		{"never", linear, twice, ordered(1, 1, 1, 1, 1, 1), Crossing{Outcome: None, Trend: Steady, Since: 128}},
		{"alike at first", quadratic, twice, ordered(0, 0, 1, 1, 1, 1), Crossing{Outcome: None, Trend: Widening, Since: 512}},
		{"approaching", linear, quadratic, ordered(1, 1, 1), Crossing{Outcome: None, Trend: Narrowing, Since: 128}},
		{"alike", linear, linear, ordered(0, 0, 0, 0, 0, 0), Crossing{}},
		{"slower, then alike", linear, quadratic, ordered(1, 1, 0, 0), Crossing{}},
		{"no common length", linear, nil, ordered(1, 1), Crossing{}},
		{"one length", linear[:1], quadratic, ordered(1, 1), Crossing{Outcome: None, Since: 128}},
	} {
		got := Cross(c.a, c.b, c.orders)
		if diff := cmp.Diff(c.want, got, cmpopts.EquateApprox(0.011, 0), cmpopts.IgnoreFields(Crossing{}, "Last")); diff != "" {
			t.Errorf("%s: %s", c.name, diff)
		}
	}
	if got := Cross(linear, quadratic, []Order{{N: 4096, Sign: -1, Ratio: 5, Lo: 4, Hi: 6}}); got.Last.Ratio != 5 {
		t.Errorf("%+v: the ratio at the longest length is not handed on", got.Last)
	}
}

// Where the visits differ much the interval reaches from length to length, and no farther.
func TestACrossoverStaysBetweenItsLengths(t *testing.T) {
	a, b := law(700, 1, 0, 0.5, 6), law(1, 2, 0, 0.5, 6)
	x := Cross(a, b, ordered(1, 1, 0, 0, 0, -1)).Crossovers[0]
	if x.Lo < 256-1e-6 || x.Hi > 4096+1e-6 || x.Lo > x.At || x.At > x.Hi || x.Hi/x.Lo < 2 {
		t.Errorf("%+v", x)
	}
}

// Of series with noise 95 of 100 intervals hold the crossover.
func TestIntervalsCoverTheCrossover(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 15))
	covered := 0
	for range *draws {
		share := spread(0.01, 0.1)(rng)
		draw := func(c, e float64) (s []Point) {
			for i := range 6 {
				p := Point{N: 128 << i}
				for range 6 {
					p.Values = append(p.Values, c*math.Pow(float64(p.N), e)*math.Exp(share*rng.NormFloat64()))
				}
				s = append(s, p)
			}
			return s
		}
		x := Cross(draw(700, 1), draw(1, 2), ordered(1, 1, 0, -1, -1, -1)).Crossovers[0]
		if x.Lo <= 700 && 700 <= x.Hi {
			covered++
		}
	}
	share := float64(covered) / float64(*draws)
	if t.Logf("%.1f %% covered", 100*share); share < 0.9 || share > 0.98 {
		t.Errorf("%.1f %% of the intervals cover the crossover", 100*share)
	}
}
