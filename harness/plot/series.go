package plot

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// place is a point of a series with the ends of its band.
type place struct {
	x, y, lo, hi float64
	hollow       bool
}

// points are those of a series that have a place on the axes.
func (c Chart) points(s Series) []place {
	var list []place
	for i := range s.X {
		if !(s.X[i] > 0 && c.Y.has(s.Y[i])) {
			continue
		}
		p := place{s.X[i], s.Y[i], s.Y[i], s.Y[i], s.Hollow != nil && s.Hollow[i]}
		if s.Lo != nil && c.Y.has(s.Lo[i]) && c.Y.has(s.Hi[i]) {
			p.lo, p.hi = s.Lo[i], s.Hi[i]
		}
		list = append(list, p)
	}
	return list
}

// has reports whether a finite number has a place on the axis.
func (a Axis) has(x float64) bool { return x > 0 || a.Linear && !math.IsNaN(x) }

// coincides says whether two curves lie on each other wherever both have a point.
func (c Chart) coincides(a, b Series) bool {
	at := map[float64]float64{}
	for _, p := range c.points(a) {
		at[p.x] = p.y
	}
	shared := 0
	for _, p := range c.points(b) {
		if y, ok := at[p.x]; ok {
			if math.Abs(y-p.y) > 0.02*math.Abs(y) {
				return false
			}
			shared++
		}
	}
	return shared > 0
}

// look chooses how series i is drawn: the next colour and shape, and dashes where
// the curve would hide an earlier one or the colours begin again.
func (c Chart) look(i int) look {
	if c.Series[i].Faint {
		l := look{color: grey, width: 1.4, dashes: []vg.Length{2, 2.5}}
		if c.Series[i].Bound {
			l.dashes = []vg.Length{7, 3.5}
		}
		if len(c.points(c.Series[i])) == 1 { // no line would show it
			l.shape, l.radius = draw.CircleGlyph{}, 2.2
		}
		return l
	}
	number, covered := 0, 0
	for _, s := range c.Series[:i] {
		if !s.Faint {
			number++
			if c.coincides(s, c.Series[i]) {
				covered++
			}
		}
	}
	round := number / len(colors)
	l := look{color: colors[number%len(colors)], shape: shapes[(number+round)%len(shapes)], width: 1.8, radius: 3.6}
	if round > 0 {
		l.dashes = []vg.Length{vg.Length(2 + 4*(round%3)), 2}
	}
	if covered > 0 {
		dash := 14 / vg.Length(covered+1)
		l.dashes = []vg.Length{dash, 14 - dash}
		l.radius /= vg.Length(math.Pow(1.5, float64(covered)))
	}
	return l
}

// curve is a series on the canvas.
type curve struct {
	name       string
	look       look
	at, lo, hi []vg.Point
	hollow     []bool
	loose      bool
}

func (c Chart) curve(s Series, l look, toX, toY func(float64) vg.Length) curve {
	x := curve{name: s.Name, look: l, loose: s.Loose}
	for _, p := range c.points(s) {
		at := toX(p.x)
		x.at = append(x.at, vg.Point{X: at, Y: toY(p.y)})
		x.lo = append(x.lo, vg.Point{X: at, Y: toY(p.lo)})
		x.hi = append(x.hi, vg.Point{X: at, Y: toY(p.hi)})
		x.hollow = append(x.hollow, p.hollow)
	}
	return x
}

// drawBand shades between the bars, so that the eye follows a band; a single point has
// only its bar.
func (c curve) drawBand(dc draw.Canvas) {
	if len(c.at) == 0 {
		return
	}
	r, g, b, _ := c.look.color.RGBA()
	pale := color.NRGBA{uint8(r >> 8), uint8(g >> 8), uint8(b >> 8), 0x2c}
	outline := append([]vg.Point(nil), c.lo...)
	for i := len(c.hi) - 1; i >= 0; i-- {
		outline = append(outline, c.hi[i])
	}
	if !c.loose {
		dc.FillPolygon(pale, outline)
	}
	for i := range c.at {
		if hidden := c.look.radius + 1; c.hi[i].Y-c.at[i].Y > hidden || c.at[i].Y-c.lo[i].Y > hidden {
			dc.StrokeLine2(draw.LineStyle{Color: c.look.color, Width: 1}, c.lo[i].X, c.lo[i].Y, c.hi[i].X, c.hi[i].Y)
		}
	}
}

func (c curve) draw(dc draw.Canvas) {
	measured := draw.LineStyle{Color: c.look.color, Width: c.look.width, Dashes: c.look.dashes}
	predicted := draw.LineStyle{Color: c.look.color, Width: min(c.look.width, 1), Dashes: []vg.Length{1, 2.5}}
	for i := 1; i < len(c.at) && !c.loose; {
		from, style, guessed := i-1, measured, c.guessed(i)
		if guessed {
			style = predicted
		}
		for i < len(c.at) && c.guessed(i) == guessed {
			i++
		}
		dc.StrokeLines(style, c.at[from:i])
	}
	if c.look.shape == nil {
		return
	}
	for i, at := range c.at {
		// A white rim keeps markers apart that lie on each other.
		dc.DrawGlyph(draw.GlyphStyle{Color: color.White, Radius: c.look.radius + 0.8, Shape: c.look.shape}, at)
		dc.DrawGlyph(draw.GlyphStyle{Color: c.look.color, Radius: c.look.radius, Shape: c.look.shape}, at)
		if c.hollow[i] {
			dc.DrawGlyph(draw.GlyphStyle{Color: color.White, Radius: c.look.radius * 0.62, Shape: c.look.shape}, at)
		}
	}
}

// guessed says whether the line to point i begins or ends at a prediction.
func (c curve) guessed(i int) bool { return c.hollow[i-1] || c.hollow[i] }

// ink is points along everything that is drawn of the curve, so close together that no
// name fits between two.
func (c curve) ink() []vg.Point {
	var list []vg.Point
	for i := range c.at {
		list = append(list, along(c.lo[i], c.hi[i], inkStep)...)
		if i > 0 && !c.loose {
			list = append(list, along(c.at[i-1], c.at[i], inkStep)...)
		}
	}
	return list
}

const inkStep = 2 * vg.Length(1)

// along is points from a to b, at most step apart.
func along(a, b vg.Point, step vg.Length) []vg.Point {
	d := b.Sub(a)
	n := int(distance(a, b)/step) + 1
	var list []vg.Point
	for i := range n + 1 {
		list = append(list, a.Add(d.Scale(vg.Length(i)/vg.Length(n))))
	}
	return list
}

func distance(a, b vg.Point) vg.Length {
	return vg.Length(math.Hypot(float64(a.X-b.X), float64(a.Y-b.Y)))
}
