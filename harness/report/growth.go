package report

import (
	"fmt"

	"attnbench/harness/fit"
	"attnbench/harness/verdict"
)

// growthFindings say how the times of curves grow: the exponent with its interval and the
// lengths of which it is, or why there is none.
func (x *reading) growthFindings(curves []series) []string {
	var list, few, unclear []string
	for _, c := range curves {
		g := fit.Grow(x.times(c))
		switch {
		case len(c.timed) == 0:
		case g.Regime == fit.Few:
			few = append(few, c.name)
		case g.Regime == fit.Unclear:
			unclear = append(unclear, c.name)
		default:
			list = append(list, c.name+" "+growth(g)+".")
		}
	}
	list = several(list)
	if len(few) > 0 {
		list = append(list, fmt.Sprintf("No exponent is given for %s: it needs %d lengths with 2 visits each.", names(few), fit.MinLengths))
	}
	if len(unclear) > 0 {
		list = append(list, fmt.Sprintf("No exponent is given for %s: no power law fits with an interval of at most %.1f.", names(unclear), fit.MaxWidth))
	}
	return list
}

// growth says of a series how it grows.
func growth(g fit.Growth) string {
	way := "rises"
	switch g.Regime {
	case fit.PowerLaw:
		return fmt.Sprintf("grows as N^%.2f (95 %% interval %.2f to %.2f) from %s to %s", g.Exponent, g.Lo, g.Hi, Length(g.From), Length(g.To))
	case fit.Falling:
		way = "falls"
	}
	return fmt.Sprintf("has not reached its asymptotic regime at %s: the local slope still %s, and is %.2f (%.2f to %.2f) from %s on",
		Length(g.Last.To), way, g.Last.Slope, g.Last.Lo, g.Last.Hi, Length(g.Last.From))
}

// times are the visits of a curve in ns, of all lengths of which several count: nobody knows
// the noise of a single one.
func (x *reading) times(c series) []fit.Point {
	var list []fit.Point
	for _, p := range c.timed {
		visits := verdict.Times(x.counting[p.Key])
		if len(visits) < 2 {
			continue
		}
		values := make([]float64, len(visits))
		for i, ns := range visits {
			values[i] = float64(ns)
		}
		list = append(list, fit.Point{N: tokens(p), Values: values})
	}
	return list
}
