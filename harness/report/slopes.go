package report

import (
	"fmt"
	"math"

	"attnbench/harness/fit"
	"attnbench/harness/plot"
	"attnbench/harness/result"
)

// slopePicture shows how steep the curves are from each length to the next; none where no
// curve has two lengths.
// of says what was timed.
func (x *reading) slopePicture(s result.Sweep, name, of string) []picture {
	c := plot.Chart{
		Title: "Local slope of the time of " + of, Subtitle: caption(s),
		X: plot.Axis{Label: "N, tokens, in the middle of two lengths", Base: 2, Tick: lengthTick},
		Y: plot.Axis{Label: "exponent of N", Linear: true, Tick: func(y float64) string { return fmt.Sprintf("%.3g", y) }},
	}
	curves := group(s)
	some := false
	for _, k := range curves {
		line := plot.Series{Name: k.name}
		for _, l := range fit.Slopes(x.times(k)) {
			line.X, line.Y = append(line.X, math.Sqrt(float64(l.From)*float64(l.To))), append(line.Y, l.Slope)
			line.Lo, line.Hi = append(line.Lo, max(l.Lo, minSlope)), append(line.Hi, min(l.Hi, maxSlope))
			some = true
		}
		c.Series = append(c.Series, line)
	}
	if !some {
		return nil
	}
	return []picture{{
		Name: name, chart: c, Alt: "Local slope of the time of " + of + " against sequence length: " + names(namesOf(curves)),
		Note: "By which power of N the time grows from one length to the next, with its 95 % interval over the visits: 2 is quadratic, 1 linear, and what still rises at the right end has not reached its asymptotic regime." + remarks(c),
	}}
}

// Bounds of the bands of slopes: where few visits make an interval wider, the rest is not seen.
const (
	minSlope = -1
	maxSlope = 4
)
