package plot

import (
	"cmp"
	"slices"

	"gonum.org/v1/plot/vg/draw"
)

// Of more than maxNamed curves nobody tells colours and names apart: some are drawn and
// named as usual, and the others are a grey crowd behind them.
const (
	maxNamed   = 40
	namedAmong = 14 // each colour twice
)

// crowdLook is how a curve without a name is drawn.
func crowdLook(s Series) look {
	l := look{color: lightGrey, width: 0.5}
	if s.Loose {
		l.shape, l.radius = draw.CircleGlyph{}, 1.5
	}
	return l
}

// Unnamed is how many curves the chart shows without a name.
func (c Chart) Unnamed() int {
	_, crowd := c.split()
	return len(crowd)
}

// split is the chart with the series that are named, and the others. The named are spread
// evenly over the ranks of the curves at their ends, from the lowest to the highest.
func (c Chart) split() (named Chart, crowd []Series) {
	var ranked []int // curves, lowest end first
	end := make([]float64, len(c.Series))
	for i, s := range c.Series {
		if points := c.points(s); !s.Faint && len(points) > 0 {
			ranked, end[i] = append(ranked, i), points[len(points)-1].y
		}
	}
	if len(ranked) <= maxNamed {
		return c, nil
	}
	slices.SortStableFunc(ranked, func(a, b int) int { return cmp.Compare(end[a], end[b]) })
	chosen := map[int]bool{}
	for k := range namedAmong {
		chosen[ranked[k*(len(ranked)-1)/(namedAmong-1)]] = true
	}
	named = c
	named.Series = nil
	for i, s := range c.Series {
		if chosen[i] || s.Faint {
			named.Series = append(named.Series, s)
		} else if len(c.points(s)) > 0 {
			crowd = append(crowd, s)
		}
	}
	return named, crowd
}
