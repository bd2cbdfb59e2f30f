package plot

import (
	"image/color"
	"math"
	"strconv"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// slopeName has no "∝": the embedded fonts lack it.
func slopeName(slope int) string {
	switch slope {
	case 1:
		return "~ N"
	case 2:
		return "~ N²"
	case 3:
		return "~ N³"
	}
	return "~ N^" + strconv.Itoa(slope)
}

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
		name := slopeName(s)
		corner := end.Add(vg.Point{X: 4, Y: -5})
		box := vg.Rectangle{Min: corner, Max: corner.Add(vg.Point{X: style(9.5, grey).Width(name), Y: 10})}
		list = append(list, ray{end, name, box})
	}
	return list
}

// drawSlopes draws the reference lines as one fan where it is farthest from all
// ink, as long as there is room for; where there is none, not at all.
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

// roomiest is the beginning of the fan at which it stays farthest from all ink
// and the edges.
func roomiest(within vg.Rectangle, fan []ray, taken []vg.Point) (best vg.Point, ok bool) {
	const step, nearest = 6, 9
	var shape []vg.Point
	for _, r := range fan {
		shape = append(shape, along(vg.Point{}, r.end, nearest)...)
		shape = append(shape, r.box.Min, r.box.Max, vg.Point{X: r.box.Max.X, Y: r.box.Min.Y})
	}
	taken = thinned(taken)
	most := vg.Length(nearest)
	for y := within.Min.Y; y < within.Max.Y; y += step {
		for x := within.Min.X; x < within.Max.X; x += step {
			at := vg.Point{X: x, Y: y}
			if room := clearance(at, shape, within, taken, most); room > most {
				most, best, ok = room, at, true
			}
		}
	}
	return best, ok
}

// clearance is the distance of a shape that begins at at from the nearest ink or
// edge, or 0 once it is not above least.
func clearance(at vg.Point, shape []vg.Point, within vg.Rectangle, taken []vg.Point, least vg.Length) vg.Length {
	nearest := vg.Length(math.Inf(1))
	for _, s := range shape {
		p := at.Add(s)
		nearest = min(nearest, p.X-within.Min.X, within.Max.X-p.X, p.Y-within.Min.Y, within.Max.Y-p.Y)
		for _, t := range taken {
			if nearest <= least {
				return 0
			}
			nearest = min(nearest, distance(p, t))
		}
	}
	if nearest <= least {
		return 0
	}
	return nearest
}

// thinned keeps one point of those that share a cell, which is enough to keep off.
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
