package plot

import "gonum.org/v1/plot/vg"

// cells are ink by squares of a step, so that the nearest ink of a place is found without
// a look at the rest.
type cells struct {
	columns, rows int
	ink           [][]vg.Point
}

// newCells sorts the ink on an area and up to a step around it; farther ink is nearer to
// no place on the area than the edge is.
func newCells(within vg.Rectangle, ink []vg.Point) cells {
	size := within.Size()
	c := cells{columns: int(size.X/step) + 3, rows: int(size.Y/step) + 3}
	c.ink = make([][]vg.Point, c.columns*c.rows)
	for _, p := range ink {
		column, row := int((p.X-within.Min.X)/step+1), int((p.Y-within.Min.Y)/step+1)
		if p.X >= within.Min.X-step && p.Y >= within.Min.Y-step && column < c.columns && row < c.rows {
			c.ink[row*c.columns+column] = append(c.ink[row*c.columns+column], p)
		}
	}
	return c
}

// nearest is the distance of the nearest ink to p, at most d. p is the lower left corner of
// the cell in the given column and row of the area.
func (c cells) nearest(p vg.Point, column, row int, d vg.Length) vg.Length {
	column, row = column+1, row+1
	// Cells of ring r are at least r-1 steps away from p.
	for r := 0; vg.Length(r-1)*step < d; r++ {
		for y := row - r; y <= row+r; y++ {
			across := 2 * r // on the lower and the upper side every cell counts, between them the two at the ends
			if y == row-r || y == row+r || r == 0 {
				across = 1
			}
			if y < 0 || y >= c.rows {
				continue
			}
			for x := column - r; x <= column+r; x += across {
				if x < 0 || x >= c.columns {
					continue
				}
				for _, t := range c.ink[y*c.columns+x] {
					d = min(d, distance(p, t))
				}
			}
		}
	}
	return d
}
