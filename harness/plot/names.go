package plot

import (
	"cmp"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

const (
	nameSize     = 10.5
	maxNameWidth = 190 * vg.Length(1)
	nameDistance = 9 * vg.Length(1) // from the axes to the names on their right
	widerFont    = 1.12             // room for a wider font, where the viewer lacks ours
)

// namesWidth is the width of the names on the right of the axes.
func (c Chart) namesWidth() vg.Length {
	widest := vg.Length(0)
	for _, s := range c.Series {
		widest = max(widest, style(nameSize, grey).Width(shorten(s.Name)))
	}
	return widest*widerFont + nameDistance
}

// shorten cuts a name that is wider than maxNameWidth.
func shorten(name string) string {
	st := style(nameSize, grey)
	if st.Width(name) <= maxNameWidth {
		return name
	}
	r := []rune(name)
	for len(r) > 0 && st.Width(string(r)+"…") > maxNameWidth {
		r = r[:len(r)-1]
	}
	return string(r) + "…"
}

// nameCurves writes the name of each curve at its last point: on the right of the
// axes where it ends near them, else beside the point where there is room; loose points
// have their name beside the last one that has room. It
// returns all ink on the axes, what was taken before and what it adds.
func nameCurves(data draw.Canvas, curves []curve, taken []vg.Point) []vg.Point {
	for _, x := range curves {
		taken = append(taken, x.ink()...)
	}
	var outside []curve
	for _, x := range curves {
		if len(x.at) == 0 {
			continue
		}
		if x.endsEarly(data) {
			if box, ok := beside(x, data.Rectangle, taken); ok {
				write(data, vg.Point{X: box.Min.X, Y: (box.Min.Y + box.Max.Y) / 2}, style(nameSize, dark(x.look.color)), shorten(x.name))
				taken = append(taken, fill(box)...)
				continue
			}
		}
		outside = append(outside, x)
	}
	return append(taken, nameOutside(data, outside)...)
}

func (c curve) endsEarly(data draw.Canvas) bool { return data.Max.X-c.end().X > 40 }

func (c curve) end() vg.Point { return c.at[len(c.at)-1] }

// beside finds a free box for the name near the curve's end, or near the last of loose points
// that has one.
func beside(c curve, within vg.Rectangle, taken []vg.Point) (box vg.Rectangle, ok bool) {
	for i := len(c.at) - 1; i >= 0 && !ok; i-- {
		box, ok = c.besidePoint(i, within, taken)
		if !c.loose {
			break
		}
	}
	return box, ok
}

func (c curve) besidePoint(i int, within vg.Rectangle, taken []vg.Point) (vg.Rectangle, bool) {
	w, h := style(nameSize, grey).Width(shorten(c.name)), vg.Length(nameSize)
	const gap = 9
	at, top, bottom := c.at[i], c.hi[i].Y, c.lo[i].Y
	for _, corner := range []vg.Point{
		{X: at.X + gap, Y: at.Y - h/2}, {X: at.X - w/2, Y: top + gap}, {X: at.X - w - gap/2, Y: top + gap/2},
		{X: at.X + gap/2, Y: top + gap/2}, {X: at.X + gap/2, Y: bottom - gap/2 - h}, {X: at.X - w/2, Y: bottom - gap - h},
		// Below or above the name of a curve that ends in the same place.
		{X: at.X + gap, Y: at.Y - h/2 - lineSpace - 3}, {X: at.X + gap, Y: at.Y - h/2 + lineSpace + 3},
	} {
		box := vg.Rectangle{Min: corner, Max: corner.Add(vg.Point{X: w, Y: h})}
		if inside(box, within) && free(box, taken) {
			return box, true
		}
	}
	return vg.Rectangle{}, false
}

func inside(box, within vg.Rectangle) bool {
	return box.Min.X >= within.Min.X && box.Max.X <= within.Max.X && box.Min.Y >= within.Min.Y && box.Max.Y <= within.Max.Y
}

// free says whether no ink comes close to the box.
func free(box vg.Rectangle, taken []vg.Point) bool {
	const air = 4.5
	return !slices.ContainsFunc(taken, func(p vg.Point) bool {
		return p.X > box.Min.X-air && p.X < box.Max.X+air && p.Y > box.Min.Y-air && p.Y < box.Max.Y+air
	})
}

// fill is ink all over a box.
func fill(box vg.Rectangle) []vg.Point {
	var list []vg.Point
	for y := box.Min.Y; y <= box.Max.Y; y += inkStep {
		list = append(list, along(vg.Point{X: box.Min.X, Y: y}, vg.Point{X: box.Max.X, Y: y}, inkStep)...)
	}
	return list
}

// write centres the small letters of a text on the height of at: the font's own
// centre is lower.
func write(dc draw.Canvas, at vg.Point, st draw.TextStyle, s string) {
	st.YAlign = draw.YCenter
	at.Y += st.Font.Size / 10
	dc.FillText(st, at, s)
}

// nameOutside writes names to the right of the axes, each at the height of its
// curve's end or as near as the others allow, with a thin line to that end where
// the name had to move or the curve ends early. It returns those lines' ink.
func nameOutside(data draw.Canvas, curves []curve) (ink []vg.Point) {
	slices.SortStableFunc(curves, func(a, b curve) int { return cmp.Compare(a.end().Y, b.end().Y) })
	heights := make([]vg.Length, len(curves))
	for i, c := range curves {
		heights[i] = c.end().Y
	}
	spread(heights, data.Min.Y, data.Max.Y)
	for i, c := range curves {
		at, from := vg.Point{X: data.Max.X + nameDistance, Y: heights[i]}, c.end()
		write(data, at, style(nameSize, dark(c.look.color)), shorten(c.name))
		if c.endsEarly(data) || at.Y-from.Y > 3 || from.Y-at.Y > 3 {
			from.X, at.X = from.X+c.look.radius+2, at.X-2
			data.StrokeLine2(draw.LineStyle{Color: c.look.color, Width: 0.5}, from.X, from.Y, at.X, at.Y)
			ink = append(ink, along(from, at, inkStep)...)
		}
	}
	return ink
}

// spread moves sorted heights at least lineSpace apart, by as little as possible in all,
// and into lo to hi. Height minus rank·lineSpace must not fall with the rank: this is
// isotonic regression, solved by pooling neighbours that violate the order.
func spread(heights []vg.Length, lo, hi vg.Length) {
	type pool struct {
		sum  vg.Length
		size int
	}
	var pools []pool
	mean := func(p pool) vg.Length { return p.sum / vg.Length(p.size) }
	for i, h := range heights {
		pools = append(pools, pool{h - vg.Length(i)*lineSpace, 1})
		for n := len(pools); n > 1 && mean(pools[n-2]) > mean(pools[n-1]); n = len(pools) {
			pools[n-2] = pool{pools[n-2].sum + pools[n-1].sum, pools[n-2].size + pools[n-1].size}
			pools = pools[:n-1]
		}
	}
	i := 0
	highest := hi - vg.Length(len(heights)-1)*lineSpace
	for _, p := range pools {
		for range p.size {
			heights[i] = max(lo, min(highest, mean(p))) + vg.Length(i)*lineSpace
			i++
		}
	}
}
