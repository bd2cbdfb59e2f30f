package plot

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// slopes is a chart over a linear y axis with values on both sides of 0.
func slopes() Chart {
	c := example()
	c.Slopes, c.Y = nil, Axis{Label: "exponent", Linear: true, Tick: func(y float64) string { return fmt.Sprintf("%.3g", y) }}
	c.Series = []Series{{Name: "falls", X: []float64{128, 512, 2048}, Y: []float64{-0.5, 0, 1}, Lo: []float64{-0.9, -0.2, 0.8}, Hi: []float64{-0.1, 0.2, 1.2}}}
	return c
}

func TestALinearAxisHasPlaceForNegativeValues(t *testing.T) {
	c := slopes()
	if got := c.points(c.Series[0]); len(got) != 3 || got[0].lo != -0.9 {
		t.Errorf("%+v", got)
	}
	svg, err := c.SVG()
	if err != nil {
		t.Fatal(err)
	}
	list := texts(t, svg)
	for _, want := range []string{"-0.5", "0", "0.5", "1", "falls", "exponent"} {
		if !slices.Contains(list, want) {
			t.Errorf("no label %q in %q", want, list)
		}
	}
	if slices.Contains(list, "-0") {
		t.Error("0 is labelled -0")
	}
	c.Y.Linear = false
	if got := c.points(c.Series[0]); len(got) != 1 {
		t.Errorf("a logarithmic axis has places for %+v", got)
	}
}

func TestALinearAxisLabelsAFewTicks(t *testing.T) {
	axis := ticker(slopes().Y)
	for _, span := range [][2]float64{{-1, 4}, {0.9, 1.9}, {-0.03, 2.2}, {-700, 1300}, {0.001, 0.0013}} {
		if got := axis.Ticks(span[0], span[1]); len(got) < 3 || len(got) > 10 {
			t.Errorf("%d ticks from %v to %v", len(got), span[0], span[1])
		}
	}
}

// Loose points are not joined, and a mark has its line and its label, inside the axes.
func TestLoosePointsAndMarks(t *testing.T) {
	lines := func(change func(*Chart)) int {
		c := example()
		c.Slopes, c.Series = nil, []Series{{Name: "a", X: []float64{128, 512, 2048}, Y: []float64{1, 2, 3}}}
		change(&c)
		svg, err := c.SVG()
		if err != nil {
			t.Fatal(err)
		}
		return strings.Count(string(svg), "<path")
	}
	joined := lines(func(*Chart) {})
	if loose := lines(func(c *Chart) { c.Series[0].Loose = true }); loose != joined-2 { // the line and its band
		t.Errorf("%d paths, and %d where points are loose", joined, loose)
	}
	if marked := lines(func(c *Chart) { c.Marks = []Mark{{X: 512, Label: "2 cores"}} }); marked != joined+1 {
		t.Errorf("%d paths, and %d with a mark", joined, marked)
	}
	c := example()
	c.Marks = []Mark{{X: 1 << 20, Label: "far"}}
	if svg, err := c.SVG(); err != nil || !slices.Contains(texts(t, svg), "far") {
		t.Errorf("a mark beyond all points has no place: %v", err)
	}
}
