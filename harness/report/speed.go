package report

import (
	"fmt"
	"slices"

	"attnbench/harness/fit"
	"attnbench/harness/result"
)

// growthFindings give the exponent of each curve with enough lengths.
func growthFindings(curves []series) []string {
	var list []string
	for _, c := range curves {
		if g := fit.Grow(c.times()); g.Regime == fit.PowerLaw {
			list = append(list, fmt.Sprintf("%s grows as N^%.2f (95 %% interval %.2f to %.2f) from %s to %s.",
				c.name, g.Exponent, g.Lo, g.Hi, Length(g.From), Length(g.To)))
		}
	}
	return several(list)
}

// maxCrossovers bounds the sentences about crossings.
const maxCrossovers = 12

func crossoverFindings(curves []series) []string {
	times := make([][]fit.Point, len(curves))
	for i, c := range curves {
		times[i] = c.times()
	}
	var list []string
	more := 0
	for i, a := range curves {
		for j, b := range curves {
			if j <= i {
				continue
			}
			for _, x := range fit.Cross(times[i], times[j], orders(times[i], times[j])).Crossovers {
				if len(list) == maxCrossovers {
					more++
					continue
				}
				faster, slower := a.name, b.name
				if x.Sign > 0 {
					faster, slower = slower, faster
				}
				list = append(list, fmt.Sprintf("%s overtakes %s between %s and %s tokens, at about %s.",
					faster, slower, Length(x.Before), Length(x.After), Count(roundTo(x.At, 2))))
			}
		}
	}
	if more > 0 {
		list = append(list, fmt.Sprintf("%s more; the plot shows them.", plural(more, "crossing is", "crossings are")))
	}
	return list
}

// orders compares two curves at their common lengths: one is faster where all of what its
// median is of lies below all of the other's.
func orders(a, b []fit.Point) []fit.Order {
	of := map[int][]float64{}
	for _, p := range b {
		of[p.N] = p.Values
	}
	var list []fit.Order
	for _, p := range a {
		x, y := p.Values, of[p.N]
		if len(x) == 0 || len(y) == 0 {
			continue
		}
		o := fit.Order{N: p.N}
		switch {
		case slices.Max(x) < slices.Min(y):
			o.Sign = -1
		case slices.Max(y) < slices.Min(x):
			o.Sign = 1
		}
		list = append(list, o)
	}
	return list
}

// maxLeaders bounds the stretches that one sentence tells.
const maxLeaders = 4

// fastestFindings name the fastest curve of each stretch of lengths at which two curves
// have a time and none went wrong.
func fastestFindings(curves []series) []string {
	type stretch struct {
		name     string
		from, to int
	}
	var list []stretch
	for _, n := range lengths(curves) {
		at := timedAt(curves, n)
		if len(at) < 2 || spoilt(curves, n) {
			continue
		}
		if last := len(list) - 1; last >= 0 && list[last].name == at[0].Series {
			list[last].to = n
			continue
		}
		list = append(list, stretch{at[0].Series, n, n})
	}
	switch {
	case len(list) == 0 || len(list) > maxLeaders:
		return nil
	case len(list) == 1 && list[0].from == list[0].to:
		return nil // one length: longestFindings says it
	case len(list) == 1:
		return []string{fmt.Sprintf("%s is the fastest from %s to %s.", list[0].name, Length(list[0].from), Length(list[0].to))}
	}
	var words []string
	for _, s := range list {
		at := "from " + Length(s.from) + " to " + Length(s.to)
		if s.from == s.to {
			at = "at " + Length(s.from)
		}
		words = append(words, s.name+" "+at)
	}
	return []string{fmt.Sprintf("The fastest by median: %s.", join(words))}
}

// spoilt says whether a curve that has times elsewhere went wrong at n.
func spoilt(curves []series, n int) bool {
	for _, c := range curves {
		for _, p := range c.points {
			if tokens(p) == n && p.Status != result.StatusOK && p.Status != result.StatusSkipped && len(c.timed) > 0 {
				return true
			}
		}
	}
	return false
}

// longestFindings rank all curves at the longest length that two of them reached, and
// then the curves of each Problem likewise.
func longestFindings(curves []series) []string {
	n, ok := longestShared(curves)
	if !ok {
		return nil
	}
	text := fmt.Sprintf("At %s tokens %s", Length(n), ranking(timedAt(curves, n)))
	if missing := without(curves, n); len(missing) > 0 {
		text += "; " + has(missing) + " no time there"
	}
	problems := byProblem(curves)
	if len(problems.keys) < 2 {
		return []string{text + "."}
	}
	var list []string
	for _, problem := range problems.keys {
		same := problems.of[problem]
		if n, ok := longestShared(same); ok {
			list = append(list, fmt.Sprintf("Of those that compute %s, at %s tokens %s.", problem, Length(n), ranking(timedAt(same, n))))
		}
	}
	return append([]string{text + "."}, several(list)...)
}

// ranking gives the time of the fastest point and the ratios of the others; of many
// points only the second and the last.
func ranking(at []result.Point) string {
	others := at[1:]
	if len(others) > maxNames {
		others = []result.Point{others[0], others[len(others)-1]}
	}
	var rest []string
	for _, p := range others {
		form := "%s %s times"
		if len(rest) == 0 {
			form = "%s takes %s times as long"
		}
		rest = append(rest, fmt.Sprintf(form, p.Series, ratio(float64(p.MedianNS)/float64(at[0].MedianNS))))
	}
	return fmt.Sprintf("%s is the fastest with %s; %s", at[0].Series, Duration(at[0].MedianNS), join(rest))
}

// without names the curves that have times, but none at length n.
func without(curves []series, n int) []string {
	var list []string
	for _, c := range curves {
		if _, ok := c.at(n); !ok && len(c.timed) > 0 {
			list = append(list, c.name)
		}
	}
	return list
}

func has(list []string) string {
	if len(list) == 1 {
		return list[0] + " has"
	}
	return names(list) + " have"
}

// slowestFindings name the slowest curve at each length. Only lengths that all curves with
// a time reached count: elsewhere the slowest curve may have no time.
func slowestFindings(curves []series) []string {
	var all []int
	slowest := map[string][]int{}
	for _, n := range lengths(curves) {
		at := timedAt(curves, n)
		if len(at) < 2 || len(without(curves, n)) > 0 {
			continue
		}
		all = append(all, n)
		last := at[len(at)-1].Series
		slowest[last] = append(slowest[last], n)
	}
	if len(all) < 2 {
		return nil
	}
	var list []string
	for _, c := range curves {
		switch at := slowest[c.name]; {
		case len(at) == 0:
		case slices.Equal(at, all):
			list = append(list, fmt.Sprintf("%s is the slowest at every length that all reached.", c.name))
		default:
			list = append(list, fmt.Sprintf("%s is the slowest %s.", c.name, spans(at, all)))
		}
	}
	return several(list)
}
