package plot

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// drawMarks draws the vertical lines with their labels at the top, turned to the left of
// the line where the right has no room. It returns their ink.
func (c Chart) drawMarks(data draw.Canvas, toX func(float64) vg.Length) (ink []vg.Point) {
	line := draw.LineStyle{Color: lightGrey, Width: 0.9, Dashes: []vg.Length{1.5, 2.5}}
	small := style(9, grey)
	for _, m := range c.Marks {
		x := toX(m.X)
		data.StrokeLine2(line, x, data.Min.Y, x, data.Max.Y)
		ink = append(ink, along(vg.Point{X: x, Y: data.Min.Y}, vg.Point{X: x, Y: data.Max.Y}, inkStep)...)
		w := small.Width(m.Label)
		corner := vg.Point{X: x + 4, Y: data.Max.Y - 12}
		if corner.X+w > data.Max.X {
			corner.X = x - 4 - w
		}
		data.FillText(small, corner, m.Label)
		ink = append(ink, fill(vg.Rectangle{Min: corner, Max: corner.Add(vg.Point{X: w, Y: 10})})...)
	}
	return ink
}
