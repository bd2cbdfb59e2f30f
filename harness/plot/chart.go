// Package plot draws series on log-log axes, as SVG and PNG: the same chart, byte
// for byte, from the same numbers.
package plot

import (
	"bytes"
	"fmt"
	"image/color"
	"io"
	"math"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Chart is what one picture shows.
type Chart struct {
	Title   string
	Caption string // machine and date, inside the picture
	X, Y    Axis
	Series  []Series
	Slopes  []int // reference lines ∝ N^slope
}

// Axis is a logarithmic axis.
type Axis struct {
	Label string
	Base  int                  // of the powers that carry ticks: 2 or 10
	Tick  func(float64) string // the label of a tick
}

// Series is one curve. Lo and Hi, where given, are the ends of a bar at each
// point. Values that are not positive have no place on the axes and are left out.
type Series struct {
	Name   string
	X, Y   []float64
	Lo, Hi []float64
	Faint  bool // a reference rather than a measurement: grey and dashed
}

const (
	width     = 9 * vg.Inch
	height    = 5.4 * vg.Inch
	top       = 44 // of the title and caption, in points
	right     = 96 // of the names at the curves' ends, in points
	lineSpace = 12 // between two names, in points
	pngDPI    = 180
)

// SVG renders the chart as SVG.
func (c Chart) SVG() ([]byte, error) { return c.render(vgsvg.New(width, height)) }

// PNG renders the chart as PNG, twice as fine as it is usually shown.
func (c Chart) PNG() ([]byte, error) {
	canvas := vgimg.NewWith(vgimg.UseWH(width, height), vgimg.UseDPI(pngDPI), vgimg.UseBackgroundColor(color.White))
	return c.render(vgimg.PngCanvas{Canvas: canvas})
}

// sans is gonum's embedded Liberation Sans.
var sans = font.Font{Typeface: "Liberation", Variant: "Sans"}

type canvas interface {
	vg.CanvasSizer
	io.WriterTo
}

func (c Chart) render(to canvas) (out []byte, err error) {
	defer func() { // gonum/plot panics where a range is impossible
		if r := recover(); r != nil {
			err = fmt.Errorf("plot %q: %v", c.Title, r)
		}
	}()
	if err := c.draw(draw.New(to)); err != nil {
		return nil, fmt.Errorf("plot %q: %w", c.Title, err)
	}
	var b bytes.Buffer
	_, err = to.WriteTo(&b)
	return b.Bytes(), err
}

func (c Chart) draw(dc draw.Canvas) error {
	dc.SetColor(color.White)
	dc.Fill(dc.Rectangle.Path())
	p := plot.New()
	c.axes(p)
	for _, slope := range c.Slopes {
		c.addSlope(p, slope)
	}
	var ends []end
	number := 0
	for _, s := range c.Series {
		look := faintLook
		if !s.Faint {
			look = looks[number%len(looks)]
			number++
		}
		last, err := addSeries(p, s, look)
		if err != nil {
			return err
		}
		if last != nil {
			ends = append(ends, end{s.Name, *last, look.color})
		}
	}
	body := draw.Crop(dc, 8, -right, 6, -top)
	p.Draw(body)
	for _, slope := range c.Slopes {
		at, onRight := c.slopeEnd(p, slope)
		name := end{slopeName(slope), at, grey}
		if onRight {
			ends = append(ends, name)
		} else {
			drawInside(p, body, name)
		}
	}
	drawEnds(p, body, ends)
	heading := style(15, color.Black)
	heading.Font.Weight = xfont.WeightBold
	dc.FillText(heading, vg.Point{X: dc.Min.X + 12, Y: dc.Max.Y - 22}, c.Title)
	dc.FillText(style(9.5, grey), vg.Point{X: dc.Min.X + 12, Y: dc.Max.Y - 37}, c.Caption)
	return nil
}

func style(size font.Length, col color.Color) draw.TextStyle {
	return draw.TextStyle{
		Color: col, Font: font.From(sans, size), XAlign: draw.XLeft, YAlign: draw.YBottom,
		Handler: text.Plain{Fonts: font.DefaultCache},
	}
}

// axes sets ranges from the curves alone, with a little air, and our own ticks.
func (c Chart) axes(p *plot.Plot) {
	xmin, xmax, ymin, ymax := c.bounds()
	p.X.Min, p.X.Max = xmin/math.Pow(2, 0.25), xmax*math.Pow(2, 0.25)
	p.Y.Min, p.Y.Max = ymin/1.6, ymax*1.6
	for _, side := range []struct {
		axis *plot.Axis
		spec Axis
	}{{&p.X, c.X}, {&p.Y, c.Y}} {
		side.axis.Scale = plot.LogScale{}
		side.axis.Tick.Marker = ticker(side.spec)
		side.axis.Label.Text = side.spec.Label
		side.axis.Label.TextStyle = style(11, color.Black)
		side.axis.Label.TextStyle.XAlign = draw.XCenter
		side.axis.Label.Padding = 4
		side.axis.Tick.Label.Font = font.From(sans, 10)
		side.axis.LineStyle.Color = grey
		side.axis.Tick.LineStyle.Color = grey
	}
	grid := plotter.NewGrid()
	grid.Horizontal.Color, grid.Vertical.Color = paleGrey, paleGrey
	p.Add(grid)
}

// bounds is the range of the positive values, at least a factor of 2 wide.
func (c Chart) bounds() (xmin, xmax, ymin, ymax float64) {
	xmin, ymin = math.Inf(1), math.Inf(1)
	for _, s := range c.Series {
		for i := range s.X {
			if !(s.X[i] > 0 && s.Y[i] > 0) {
				continue
			}
			xmin, xmax = math.Min(xmin, s.X[i]), math.Max(xmax, s.X[i])
			lo, hi := s.Y[i], s.Y[i]
			if s.Lo != nil && s.Lo[i] > 0 {
				lo, hi = s.Lo[i], s.Hi[i]
			}
			ymin, ymax = math.Min(ymin, lo), math.Max(ymax, hi)
		}
	}
	if math.IsInf(xmin, 1) {
		return 1, 2, 1, 2
	}
	return xmin, math.Max(xmax, 2*xmin), ymin, math.Max(ymax, 2*ymin)
}
