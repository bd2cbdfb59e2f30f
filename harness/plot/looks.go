package plot

import (
	"image/color"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// look is how a curve is drawn.
type look struct {
	color  color.Color
	shape  draw.GlyphDrawer // nil: no markers
	width  vg.Length
	radius vg.Length
	dashes []vg.Length
}

var (
	grey      = color.RGBA{0x55, 0x55, 0x55, 0xff}
	lightGrey = color.RGBA{0xb0, 0xb0, 0xb0, 0xff}
	paleGrey  = color.RGBA{0xe8, 0xe8, 0xe8, 0xff}
)

// colors are those of Okabe and Ito (2008), which people with any colour vision tell
// apart, without the yellow, which is too faint on white. Shapes differ too.
var (
	colors = []color.Color{
		color.RGBA{0xd5, 0x5e, 0x00, 0xff},
		color.RGBA{0x00, 0x72, 0xb2, 0xff},
		color.RGBA{0x00, 0x9e, 0x73, 0xff},
		color.RGBA{0xcc, 0x79, 0xa7, 0xff},
		color.RGBA{0xe6, 0x9f, 0x00, 0xff},
		color.RGBA{0x56, 0xb4, 0xe9, 0xff},
		color.RGBA{0x00, 0x00, 0x00, 0xff},
	}
	shapes = []draw.GlyphDrawer{
		draw.CircleGlyph{},
		polygon{{-0.9, -0.9}, {0.9, -0.9}, {0.9, 0.9}, {-0.9, 0.9}},
		polygon{{-1.1, -0.8}, {1.1, -0.8}, {0, 1.2}},
		polygon{{0, -1.25}, {1.25, 0}, {0, 1.25}, {-1.25, 0}},
		polygon{{-1.1, 0.8}, {0, -1.2}, {1.1, 0.8}},
		polygon{{-0.8, -1.1}, {1.2, 0}, {-0.8, 1.1}},
		polygon{{0.8, -1.1}, {0.8, 1.1}, {-1.2, 0}},
		polygon{{-0.45, -1.1}, {0.45, -1.1}, {1.1, -0.45}, {1.1, 0.45}, {0.45, 1.1}, {-0.45, 1.1}, {-1.1, 0.45}, {-1.1, -0.45}},
	}
)

// dark is the colour of a name: thin strokes need more contrast than a curve.
func dark(c color.Color) color.Color {
	r, g, b, _ := c.RGBA()
	return color.RGBA{uint8(r >> 8 * 3 / 4), uint8(g >> 8 * 3 / 4), uint8(b >> 8 * 3 / 4), 0xff}
}

// polygon is a filled marker with corners in units of its radius.
type polygon [][2]vg.Length

// DrawGlyph implements [draw.GlyphDrawer].
func (g polygon) DrawGlyph(c *draw.Canvas, st draw.GlyphStyle, at vg.Point) {
	var path vg.Path
	for i, corner := range g {
		p := vg.Point{X: at.X + corner[0]*st.Radius, Y: at.Y + corner[1]*st.Radius}
		if i == 0 {
			path.Move(p)
		} else {
			path.Line(p)
		}
	}
	path.Close()
	c.SetColor(st.Color)
	c.Fill(path)
}
