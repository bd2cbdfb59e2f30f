package plot

import (
	"fmt"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// look is how a curve is drawn. Colours are those of Okabe and Ito (2008), which
// people with any colour vision tell apart; shapes differ as well.
type look struct {
	color  color.Color
	shape  draw.GlyphDrawer // nil: none
	dashes []vg.Length
}

var (
	grey     = color.RGBA{0x60, 0x60, 0x60, 0xff}
	paleGrey = color.RGBA{0xe6, 0xe6, 0xe6, 0xff}

	faintLook = look{color: grey, dashes: []vg.Length{5, 3}}
	looks     = []look{
		{color.RGBA{0xd5, 0x5e, 0x00, 0xff}, draw.CircleGlyph{}, nil},
		{color.RGBA{0x00, 0x72, 0xb2, 0xff}, draw.BoxGlyph{}, nil},
		{color.RGBA{0x00, 0x9e, 0x73, 0xff}, draw.PyramidGlyph{}, nil},
		{color.RGBA{0xcc, 0x79, 0xa7, 0xff}, draw.SquareGlyph{}, nil},
		{color.RGBA{0xe6, 0x9f, 0x00, 0xff}, draw.TriangleGlyph{}, nil},
		{color.RGBA{0x56, 0xb4, 0xe9, 0xff}, draw.RingGlyph{}, nil},
		{color.RGBA{0x00, 0x00, 0x00, 0xff}, draw.CrossGlyph{}, nil},
	}
)

// bars are the samples' ranges of a curve.
type bars struct {
	plotter.XYs
	plotter.YErrors
}

// addSeries draws a curve and returns its last point, nil where it has none.
func addSeries(p *plot.Plot, s Series, l look) (last *plotter.XY, err error) {
	var b bars
	for i := range s.X {
		if !(s.X[i] > 0 && s.Y[i] > 0) {
			continue
		}
		b.XYs = append(b.XYs, plotter.XY{X: s.X[i], Y: s.Y[i]})
		e := struct{ Low, High float64 }{}
		if s.Lo != nil && s.Lo[i] > 0 {
			e.Low, e.High = s.Y[i]-s.Lo[i], s.Hi[i]-s.Y[i]
		}
		b.YErrors = append(b.YErrors, e)
	}
	if len(b.XYs) == 0 {
		return nil, nil
	}
	line, points, err := plotter.NewLinePoints(b.XYs)
	if err != nil {
		return nil, fmt.Errorf("series %s: %w", s.Name, err)
	}
	line.Color, line.Width, line.Dashes = l.color, 1.6, l.dashes
	p.Add(line)
	if l.shape != nil {
		points.GlyphStyle = draw.GlyphStyle{Color: l.color, Radius: 3, Shape: l.shape}
		p.Add(points)
	}
	if s.Lo != nil {
		ranges, err := plotter.NewYErrorBars(b)
		if err != nil {
			return nil, fmt.Errorf("series %s: %w", s.Name, err)
		}
		ranges.LineStyle = draw.LineStyle{Color: l.color, Width: 0.8}
		ranges.CapWidth = 5
		p.Add(ranges)
	}
	return &b.XYs[len(b.XYs)-1], nil
}

// end is a name at the right end of a curve.
type end struct {
	name  string
	at    plotter.XY
	color color.Color
}

// drawEnds writes the names to the right of the axes, each at the height of its
// curve's end, moved apart where they would touch.
func drawEnds(p *plot.Plot, body draw.Canvas, ends []end) {
	data := p.DataCanvas(body)
	_, toY := p.Transforms(&data)
	slices.SortStableFunc(ends, func(a, b end) int {
		switch {
		case a.at.Y < b.at.Y:
			return -1
		case a.at.Y > b.at.Y:
			return 1
		}
		return 0
	})
	heights := make([]vg.Length, len(ends))
	for i, e := range ends {
		heights[i] = toY(e.at.Y)
	}
	spread(heights, data.Min.Y+4, data.Max.Y-4)
	for i, e := range ends {
		st := style(10, e.color)
		st.YAlign = draw.YCenter
		body.FillText(st, vg.Point{X: data.Max.X + 6, Y: heights[i]}, e.name)
	}
}

// drawInside names a reference line that leaves the axes at the top, beside its end.
func drawInside(p *plot.Plot, body draw.Canvas, e end) {
	data := p.DataCanvas(body)
	toX, toY := p.Transforms(&data)
	st := style(10, e.color)
	st.XAlign, st.YAlign = draw.XRight, draw.YTop
	body.FillText(st, vg.Point{X: toX(e.at.X) - 6, Y: toY(e.at.Y) - 3}, e.name)
}

// spread moves sorted heights apart by lineSpace and keeps them between lo and hi.
func spread(heights []vg.Length, lo, hi vg.Length) {
	for range 20 {
		for i := 1; i < len(heights); i++ {
			if short := lineSpace - (heights[i] - heights[i-1]); short > 0 {
				heights[i-1] -= short / 2
				heights[i] += short / 2
			}
		}
		for i := range heights {
			heights[i] = max(lo, min(hi, heights[i]))
		}
	}
}

// slopeName has no "∝": the embedded fonts lack it.
func slopeName(slope int) string {
	return "as N" + map[int]string{2: "²", 3: "³"}[slope]
}

// slopeStart is where all reference lines begin: the lower left corner of the curves.
func (c Chart) slopeStart() (x, y float64) {
	xmin, _, ymin, _ := c.bounds()
	return xmin, ymin
}

// slopeEnd is where a reference line leaves the axes, and whether on the right
// rather than at the top.
func (c Chart) slopeEnd(p *plot.Plot, slope int) (at plotter.XY, onRight bool) {
	x, y := c.slopeStart()
	most := x * math.Pow(p.Y.Max/y, 1/float64(slope))
	end := math.Min(p.X.Max, most)
	return plotter.XY{X: end, Y: y * math.Pow(end/x, float64(slope))}, end >= p.X.Max
}

func (c Chart) addSlope(p *plot.Plot, slope int) {
	x, y := c.slopeStart()
	to, _ := c.slopeEnd(p, slope)
	line, err := plotter.NewLine(plotter.XYs{{X: x, Y: y}, to})
	if err != nil {
		return
	}
	line.Color, line.Width, line.Dashes = color.RGBA{0xa0, 0xa0, 0xa0, 0xff}, 0.9, []vg.Length{2, 3}
	p.Add(line)
}
