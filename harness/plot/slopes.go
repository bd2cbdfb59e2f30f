package plot

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// slopeNames have no "∝": the embedded fonts lack it.
var slopeNames = map[int]string{1: "~ N", 2: "~ N²", 3: "~ N³"}

// ray is a reference line, relative to where all of them begin, and its name.
type ray struct {
	end  vg.Point
	name string
	box  vg.Rectangle
}

// rays run over dx of the x axis, each at the angle that its power law has.
func rays(slopes []int, unit vg.Point, dx vg.Length) []ray {
	var list []ray
	for _, s := range slopes {
		end := vg.Point{X: dx, Y: dx / unit.X * unit.Y * vg.Length(s)}
		name := slopeNames[s]
		corner := end.Add(vg.Point{X: 4, Y: -5})
		box := vg.Rectangle{Min: corner, Max: corner.Add(vg.Point{X: style(9.5, grey).Width(name), Y: 10})}
		list = append(list, ray{end, name, box})
	}
	return list
}

// drawSlopes draws the reference lines as one fan, as long as there is room, where the fan
// is farthest from all ink; without room it draws nothing.
func drawSlopes(data draw.Canvas, slopes []int, unit vg.Point, taken []vg.Point) {
	if len(slopes) == 0 {
		return
	}
	line := draw.LineStyle{Color: color.RGBA{0x88, 0x88, 0x88, 0xff}, Width: 0.9, Dashes: []vg.Length{3, 2}}
	for _, share := range []vg.Length{0.3, 0.22, 0.15} {
		fan := rays(slopes, unit, share*(data.Max.X-data.Min.X))
		at, ok := roomiest(data.Rectangle, fan, taken)
		if !ok {
			continue
		}
		for _, r := range fan {
			end := at.Add(r.end)
			data.StrokeLine2(line, at.X, at.Y, end.X, end.Y)
			write(data, vg.Point{X: at.X + r.box.Min.X, Y: end.Y}, style(9.5, grey), r.name)
		}
		return
	}
}

// step is how finely the room on the axes is searched.
const step = 6 * vg.Length(1)

// roomiest is the beginning of the fan at which it stays farthest from all ink
// and the edges.
func roomiest(within vg.Rectangle, fan []ray, taken []vg.Point) (best vg.Point, ok bool) {
	var shape []vg.Point
	for _, r := range fan {
		shape = append(shape, along(vg.Point{}, r.end, step)...)
		shape = append(shape, r.box.Min, r.box.Max, vg.Point{X: r.box.Max.X, Y: r.box.Min.Y})
	}
	room := newField(within, taken)
	widest := vg.Length(9)
	for y := within.Min.Y; y < within.Max.Y; y += step {
		for x := within.Min.X; x < within.Max.X; x += step {
			at := vg.Point{X: x, Y: y}
			nearest := vg.Length(math.Inf(1))
			for _, p := range shape {
				if nearest = min(nearest, room.at(at.Add(p))); nearest <= widest {
					break
				}
			}
			if nearest > widest {
				widest, best, ok = nearest, at, true
			}
		}
	}
	return best, ok
}

// field tells how far places are from the nearest ink or edge, to within a step.
type field struct {
	min           vg.Point
	columns, rows int
	distances     []vg.Length
}

func newField(within vg.Rectangle, taken []vg.Point) field {
	size := within.Size()
	f := field{min: within.Min, columns: int(size.X/step) + 1, rows: int(size.Y/step) + 1}
	near := newCells(within, thinned(taken))
	for row := range f.rows {
		for column := range f.columns {
			p := f.min.Add(vg.Point{X: vg.Length(column) * step, Y: vg.Length(row) * step})
			d := min(p.X-within.Min.X, within.Max.X-p.X, p.Y-within.Min.Y, within.Max.Y-p.Y)
			f.distances = append(f.distances, near.nearest(p, column, row, d))
		}
	}
	return f
}

func (f field) at(p vg.Point) vg.Length {
	column, row := int((p.X-f.min.X)/step+0.5), int((p.Y-f.min.Y)/step+0.5)
	if p.X < f.min.X || p.Y < f.min.Y || column >= f.columns || row >= f.rows {
		return 0
	}
	return f.distances[row*f.columns+column]
}

// thinned keeps one point of each cell, enough to keep the fan away.
func thinned(ink []vg.Point) []vg.Point {
	const cell = 3
	seen := map[[2]int]bool{}
	var list []vg.Point
	for _, p := range ink {
		at := [2]int{int(p.X / cell), int(p.Y / cell)}
		if !seen[at] {
			seen[at] = true
			list = append(list, p)
		}
	}
	return list
}
