package plot

import (
	"math"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
)

// axes are the empty axes and their grid: ranges from the curves, with a little
// air, and our own ticks. Their labels are drawn apart: gonum makes the wrong room for them on
// logarithmic axes.
func (c Chart) axes() *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil
	xmin, xmax, ymin, ymax := c.bounds()
	air := math.Pow(xmax/xmin, 0.03)
	p.X.Min, p.X.Max = xmin/air, xmax*air
	if c.Y.Linear {
		p.Y.Min, p.Y.Max = ymin-0.05*(ymax-ymin), ymax+0.05*(ymax-ymin)
	} else {
		air = max(1.3, math.Pow(ymax/ymin, 0.05))
		p.Y.Min, p.Y.Max = ymin/air, ymax*air
	}
	for _, side := range []struct {
		axis *plot.Axis
		spec Axis
	}{{&p.X, c.X}, {&p.Y, c.Y}} {
		if !side.spec.Linear {
			side.axis.Scale = plot.LogScale{}
		}
		side.axis.Tick.Marker = ticker(side.spec)
		side.axis.Padding = 0
		side.axis.Tick.Label.Font = font.From(sans, 10)
		side.axis.LineStyle.Color = grey
		side.axis.Tick.LineStyle.Color = grey
		side.axis.Tick.Length = 5
	}
	grid := plotter.NewGrid()
	grid.Horizontal.Color, grid.Vertical.Color = paleGrey, paleGrey
	p.Add(grid)
	return p
}

// bounds is the range of the values that have a place. One that is narrower than a factor
// of 4, or than 1 on a linear axis, is widened around its middle, so that there are ticks to
// label.
func (c Chart) bounds() (xmin, xmax, ymin, ymax float64) {
	xmin, ymin, ymax = math.Inf(1), math.Inf(1), math.Inf(-1)
	for _, s := range c.Series {
		for _, p := range c.points(s) {
			xmin, xmax = math.Min(xmin, p.x), math.Max(xmax, p.x)
			ymin, ymax = math.Min(ymin, p.lo), math.Max(ymax, p.hi)
		}
	}
	if math.IsInf(xmin, 1) {
		return 1, 4, 1, 4
	}
	for _, m := range c.Marks {
		xmin, xmax = math.Min(xmin, m.X), math.Max(xmax, m.X)
	}
	xmin, xmax = widen(xmin, xmax)
	if !c.Y.Linear {
		ymin, ymax = widen(ymin, ymax)
	} else if middle := (ymin + ymax) / 2; ymax-ymin < 1 {
		ymin, ymax = middle-0.5, middle+0.5
	}
	return xmin, xmax, ymin, ymax
}

func widen(lo, hi float64) (float64, float64) {
	if hi/lo >= 4 {
		return lo, hi
	}
	middle := math.Sqrt(lo) * math.Sqrt(hi)
	return middle / 2, middle * 2
}

func logRatio(a plot.Axis) float64 { return math.Log(a.Max / a.Min) }
