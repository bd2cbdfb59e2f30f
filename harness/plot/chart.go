// Package plot draws series on logarithmic axes, or over a linear one, as SVG and PNG: the
// same chart, byte for byte, from the same numbers. Curves are named where they end; names move
// apart, so that none covers another or a curve.
package plot

import (
	"bytes"
	"fmt"
	"image/color"
	"io"
	"slices"
	"strings"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/text"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// Chart is what one picture shows.
type Chart struct {
	Title    string
	Subtitle string // machine and date, inside the picture; wrapped where it is too wide
	X, Y     Axis
	Series   []Series // an empty one keeps its colour free, so that two charts of the same series agree
	Slopes   []int    // reference lines ~ N^slope, 1 to 3
	Marks    []Mark
}

// Mark is a place on the x axis, with a vertical line and a label.
type Mark struct {
	X     float64
	Label string
}

// Axis is a logarithmic axis; a y axis may be linear.
type Axis struct {
	Label  string
	Base   int // of the powers that carry ticks: 2 or 10
	Linear bool
	Tick   func(float64) string // the label of a tick
}

// Series is one curve in order of X. Lo and Hi, where given, are the ends of a
// band around it. Hollow points have hollow markers and a thin dotted line. Points that are
// not positive have no place on logarithmic axes and are left out.
type Series struct {
	Name   string
	X, Y   []float64
	Lo, Hi []float64
	Hollow []bool // where given: points that are predicted rather than measured
	Faint  bool   // a reference rather than a measurement: grey and dotted
	Bound  bool   // of a Faint one: what no measurement can pass, dashed
	Loose  bool   // markers alone, not joined by a line
}

// A picture is as wide as a README shows it, 800 CSS pixels, and taller only where
// the names need it. A PNG has twice the pixels.
const (
	width     = 600 * vg.Length(1)
	height    = 375 * vg.Length(1)
	pngDPI    = 192
	margin    = 10 * vg.Length(1)
	lineSpace = 12.5 * vg.Length(1) // between two names
)

// SVG renders the chart as SVG.
func (c Chart) SVG() ([]byte, error) {
	b, err := c.render(vgsvg.New(width, c.height()))
	// The fonts after the first have the same metrics, where the viewer lacks it.
	return bytes.ReplaceAll(b, []byte("font-family:Liberation Sans;"), []byte("font-family:Liberation Sans,Arial,Helvetica,sans-serif;")), err
}

// PNG renders the chart as PNG, twice as fine as it is usually shown.
func (c Chart) PNG() ([]byte, error) {
	canvas := vgimg.NewWith(vgimg.UseWH(width, c.height()), vgimg.UseDPI(pngDPI), vgimg.UseBackgroundColor(color.White))
	return c.render(vgimg.PngCanvas{Canvas: canvas})
}

// height leaves room for the names at the right end, one below the other.
func (c Chart) height() vg.Length {
	named, _ := c.split()
	return max(height, vg.Length(len(named.Series))*lineSpace+120)
}

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
	c.draw(draw.New(to))
	var b bytes.Buffer
	_, err = to.WriteTo(&b)
	return b.Bytes(), err
}

func (c Chart) draw(dc draw.Canvas) {
	dc.SetColor(color.White)
	dc.Fill(dc.Rectangle.Path())
	named, crowd := c.split()
	body := draw.Crop(dc, margin, -named.namesWidth()-margin, margin+lineSpace, -c.heading(dc))
	p := c.axes()
	p.Draw(body)
	data := p.DataCanvas(body)
	toX, toY := p.Transforms(&data)
	dc.FillText(style(10.5, grey), vg.Point{X: dc.Min.X + margin, Y: data.Max.Y + 7}, c.Y.Label)
	below := style(10.5, grey)
	below.XAlign = draw.XCenter
	dc.FillText(below, vg.Point{X: (data.Min.X + data.Max.X) / 2, Y: dc.Min.Y + margin - 2}, c.X.Label)

	var curves []curve
	for i, s := range named.Series {
		curves = append(curves, named.curve(s, named.look(i), toX, toY))
	}
	taken := c.drawMarks(data, toX) // ink
	for _, s := range crowd {
		x := c.curve(s, crowdLook(s), toX, toY)
		x.draw(data)
		taken = append(taken, x.ink()...)
	}
	for _, x := range curves {
		x.drawBand(data)
	}
	for _, x := range curves {
		x.draw(data)
	}
	taken = nameCurves(data, curves, taken)
	if slices.ContainsFunc(curves, func(x curve) bool { return len(x.at) > 1 }) {
		drawSlopes(data, c.Slopes, unit(p, data), taken)
	}
}

// unit is the length of a factor of e on each axis.
func unit(p *plot.Plot, data draw.Canvas) vg.Point {
	toX, toY := p.Transforms(&data)
	return vg.Point{X: (toX(p.X.Max) - toX(p.X.Min)) / vg.Length(logRatio(p.X)), Y: (toY(p.Y.Max) - toY(p.Y.Min)) / vg.Length(logRatio(p.Y))}
}

// heading draws title and subtitle and returns the height that they and the
// label of the y axis take.
func (c Chart) heading(dc draw.Canvas) vg.Length {
	title := style(14, color.Black)
	title.Font.Weight = xfont.WeightBold
	y := dc.Max.Y - margin - 12
	dc.FillText(title, vg.Point{X: dc.Min.X + margin, Y: y}, c.Title)
	small := style(9, grey)
	for _, line := range wrap(small, c.Subtitle, dc.Max.X-dc.Min.X-2*margin) {
		y -= 13
		dc.FillText(small, vg.Point{X: dc.Min.X + margin, Y: y}, line)
	}
	return dc.Max.Y - y + 28
}

// wrap breaks a text at its spaces into lines no wider than limit.
func wrap(st draw.TextStyle, s string, limit vg.Length) []string {
	var lines []string
	for word := range strings.SplitSeq(s, " ") {
		if last := len(lines) - 1; last >= 0 && st.Width(lines[last]+" "+word) <= limit {
			lines[last] += " " + word
		} else {
			lines = append(lines, word)
		}
	}
	return lines
}

// sans is gonum's embedded Liberation Sans.
var sans = font.Font{Typeface: "Liberation", Variant: "Sans"}

func style(size font.Length, col color.Color) draw.TextStyle {
	return draw.TextStyle{
		Color: col, Font: font.From(sans, size), XAlign: draw.XLeft, YAlign: draw.YBottom,
		Handler: text.Plain{Fonts: font.DefaultCache},
	}
}
