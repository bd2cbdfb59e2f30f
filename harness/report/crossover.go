package report

import (
	"fmt"

	"attnbench/harness/fit"
	"attnbench/harness/verdict"
)

// maxCrossovers bounds the sentences about crossings.
const maxCrossovers = 12

// crossoverFindings say which curve overtakes which, and where. Of two curves that compute
// one Problem they also say from which length on the faster one pays, or that they are alike.
func (x *reading) crossoverFindings(curves []series) []string {
	if !x.orders.all {
		return nil // of so many not all were compared
	}
	times, computes := make([][]fit.Point, len(curves)), make([]string, len(curves))
	for i, c := range curves {
		times[i], computes[i] = x.times(c), c.computes()
	}
	var list []string
	more := 0
	for i, a := range curves {
		for j := i + 1; j < len(curves); j++ {
			b := curves[j]
			if !comparedAs(a, b) {
				continue
			}
			o := x.ordersOf(a, b)
			if len(o) == 0 {
				continue
			}
			crossing := fit.Cross(times[i], times[j], o)
			text := overtaking(a.name, b.name, crossing)
			if len(text) == 0 && computes[i] == computes[j] {
				text = paying(a.name, b.name, o, crossing)
			}
			for _, t := range text {
				if len(list) == maxCrossovers {
					more++
					continue
				}
				list = append(list, t)
			}
		}
	}
	if more > 0 {
		list = append(list, fmt.Sprintf("%s more; the plot shows them.", plural(more, "such sentence is", "such sentences are")))
	}
	return list
}

// comparedAs reports whether a reader asks which of two curves overtakes the other: they have
// as many workers, and are no two kernel sets of one variant.
func comparedAs(a, b series) bool {
	p, q := a.points[0], b.points[0]
	return p.Workers == q.Workers && (p.ISA == q.ISA || p.Variant != q.Variant)
}

// ordersOf are the orders of two curves at all lengths at which they were compared.
func (x *reading) ordersOf(a, b series) []fit.Order {
	var list []fit.Order
	for _, p := range a.timed {
		q, both := b.at(tokens(p))
		if !both {
			continue
		}
		if o := x.order(p, q); o.Ratio > 0 {
			list = append(list, fit.Order{N: tokens(p), Sign: o.Sign, Ratio: o.Ratio, Lo: o.Lo, Hi: o.Hi})
		}
	}
	return list
}

// overtaking says where one of two curves becomes the faster.
func overtaking(a, b string, c fit.Crossing) []string {
	var list []string
	for _, o := range c.Crossovers {
		faster, slower := a, b
		if o.Sign > 0 {
			faster, slower = b, a
		}
		list = append(list, fmt.Sprintf("%s overtakes %s between %s and %s tokens, at about %s (95 %% interval %s to %s).",
			faster, slower, Length(o.Before), Length(o.After), Count(roundTo(o.At, 2)), Count(roundTo(o.Lo, 2)), Count(roundTo(o.Hi, 2))))
	}
	return list
}

// paying says of two curves without a crossover from which length on the faster one is so.
func paying(a, b string, orders []fit.Order, c fit.Crossing) []string {
	last := c.Last
	if c.Outcome == fit.Unknown || last.Sign == 0 {
		return []string{fmt.Sprintf("Whether %s or %s is the faster at %s is unclear: their times are as 1 to %s.", a, b, Length(last.N), ratioOf(last))}
	}
	faster, slower := a, b
	if last.Sign > 0 {
		faster, slower = b, a
		last.Ratio, last.Lo, last.Hi = 1/last.Ratio, 1/last.Hi, 1/last.Lo
	}
	text := fmt.Sprintf("%s pays against %s from %s on", faster, slower, Length(c.Since))
	if c.Since == orders[0].N {
		text = fmt.Sprintf("%s pays against %s at every length from %s on", faster, slower, Length(c.Since))
	}
	text += fmt.Sprintf("; at %s %s takes %s times as long", Length(last.N), slower, ratioOf(last))
	switch c.Trend {
	case fit.Widening:
		text += ", and more with N"
	case fit.Narrowing:
		text += ", and less with N"
	case fit.Steady:
		text += ", and as much at all of the last lengths"
	}
	return []string{text + "."}
}

func ratioOf(o fit.Order) string {
	return interval(verdict.Order{Ratio: o.Ratio, Lo: o.Lo, Hi: o.Hi})
}
