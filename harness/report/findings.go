package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"attnbench/harness/fit"
	"attnbench/harness/result"
)

// Findings says what a sweep found, one plain sentence each: agreement, growth,
// who overtakes whom, who leads and who loses, memory, and what is not there.
func Findings(s result.Sweep) []string {
	curves := group(s)
	var list []string
	list = append(list, agreementFinding(s)...)
	list = append(list, differentProblems(curves)...)
	list = append(list, growthFindings(curves)...)
	list = append(list, crossoverFindings(curves)...)
	list = append(list, orderFindings(curves)...)
	list = append(list, memoryFindings(curves)...)
	list = append(list, absentFindings(s)...)
	return append(list, endFinding(s)...)
}

func agreementFinding(s result.Sweep) []string {
	var rows, bad int
	var worst result.Point
	for _, p := range s.Points {
		if p.Agreement == nil {
			continue
		}
		rows += p.Agreement.Rows
		if p.Status == result.StatusDisagree {
			bad++
		}
		if worst.Agreement == nil || p.Agreement.Worst > worst.Agreement.Worst {
			worst = p
		}
	}
	switch {
	case worst.Agreement == nil:
		return nil
	case bad > 0:
		return []string{fmt.Sprintf("%s with the float64 oracle and got no time: see the points below.", verb(bad, "point disagrees", "points disagree"))}
	}
	return []string{fmt.Sprintf("Every variant computes what it should: over %s checked rows the worst error is %.2f of its budget (%s at %s).",
		Count(int64(rows)), worst.Agreement.Worst, worst.Series, Length(tokens(worst)))}
}

func verb(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}

// differentProblems says which curves answer another question than the first.
func differentProblems(curves []series) []string {
	groups := map[string][]string{}
	var order []string
	for _, c := range curves {
		if len(c.timed()) == 0 {
			continue
		}
		what := c.computes()
		if groups[what] == nil {
			order = append(order, what)
		}
		groups[what] = append(groups[what], c.name)
	}
	if len(order) < 2 {
		return nil
	}
	var parts []string
	for _, what := range order {
		parts = append(parts, fmt.Sprintf("%s: %s", strings.Join(groups[what], ", "), what))
	}
	return []string{"The curves do not all compute the same Problem, so that a faster one is not a better one by that alone (" + strings.Join(parts, "; ") + ")."}
}

func growthFindings(curves []series) []string {
	var list []string
	for _, c := range curves {
		g, ok := fit.Grow(c.times())
		if !ok {
			continue
		}
		list = append(list, fmt.Sprintf("%s: time grows as N^%.2f from %s to %s tokens (95 %% interval %.2f to %.2f).",
			c.name, g.Exponent, Length(g.From), Length(g.To), g.Lo, g.Hi))
	}
	return list
}

func crossoverFindings(curves []series) []string {
	var list []string
	for _, a := range curves {
		for _, b := range curves {
			for _, x := range fit.Overtakes(a.times(), b.times()) {
				list = append(list, fmt.Sprintf("%s overtakes %s at about %s tokens (between %s and %s).",
					a.name, b.name, Count(roundTo2(x.At)), Length(x.Lo), Length(x.Hi)))
			}
		}
	}
	return list
}

// roundTo2 keeps two significant digits: an interpolated length knows no more.
func roundTo2(x float64) int64 {
	unit := math.Pow10(max(0, int(math.Floor(math.Log10(x)))-1))
	return int64(math.Round(x/unit) * unit)
}

// orderFindings rank the curves at the longest length that most of them reach,
// and name whoever is slowest wherever there is a choice.
func orderFindings(curves []series) []string {
	n, at := longestShared(curves)
	if len(at) < 2 {
		return nil
	}
	slices.SortStableFunc(at, func(a, b result.Point) int { return int(sign(a.MedianNS - b.MedianNS)) })
	first := at[0]
	var rest []string
	for _, p := range at[1:] {
		rest = append(rest, fmt.Sprintf("%s takes %s times as long", p.Series, significant(float64(p.MedianNS)/float64(first.MedianNS))))
	}
	list := []string{fmt.Sprintf("At %s tokens %s is the fastest with %s; %s.", Length(n), first.Series, Duration(first.MedianNS), join(rest))}
	return append(list, losers(curves)...)
}

func sign(x int64) int64 {
	switch {
	case x < 0:
		return -1
	case x > 0:
		return 1
	}
	return 0
}

// longestShared is the longest length that at least two curves reached, and their points there.
func longestShared(curves []series) (n int, at []result.Point) {
	for _, length := range lengths(curves) {
		var here []result.Point
		for _, c := range curves {
			if p, ok := c.at(length); ok {
				here = append(here, p)
			}
		}
		if len(here) >= 2 {
			n, at = length, here
		}
	}
	return n, at
}

// lengths are all lengths with a timed point, shortest first.
func lengths(curves []series) []int {
	var list []int
	for _, c := range curves {
		for _, p := range c.timed() {
			list = append(list, tokens(p))
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// losers names the curves that are slowest at some length, with those lengths.
func losers(curves []series) []string {
	slowest := map[string][]string{}
	total := 0
	for _, n := range lengths(curves) {
		var worst result.Point
		rivals := 0
		for _, c := range curves {
			if p, ok := c.at(n); ok {
				rivals++
				if p.MedianNS > worst.MedianNS {
					worst = p
				}
			}
		}
		if rivals >= 2 {
			total++
			slowest[worst.Series] = append(slowest[worst.Series], Length(n))
		}
	}
	var list []string
	for _, c := range curves {
		switch at := slowest[c.name]; {
		case len(at) == 0:
		case len(at) == total:
			list = append(list, fmt.Sprintf("%s is the slowest at every length.", c.name))
		default:
			list = append(list, fmt.Sprintf("%s is the slowest at %s.", c.name, join(at)))
		}
	}
	return list
}

func memoryFindings(curves []series) []string {
	var grow, flat []string
	for _, c := range curves {
		points := c.planned()
		if len(points) < 2 {
			continue
		}
		first, last := points[0], points[len(points)-1]
		if last.WorkspaceBytes == first.WorkspaceBytes {
			flat = append(flat, fmt.Sprintf("%s %s", c.name, Bytes(last.WorkspaceBytes)))
			continue
		}
		var w []fit.Point
		for _, p := range points {
			w = append(w, fit.Point{N: tokens(p), Median: float64(max(1, p.WorkspaceBytes))})
		}
		text := fmt.Sprintf("%s %s at %s", c.name, Bytes(last.WorkspaceBytes), Length(tokens(last)))
		if g, ok := fit.Grow(w); ok {
			text += fmt.Sprintf(" (growing as N^%.2f)", g.Exponent)
		}
		grow = append(grow, text)
	}
	var list []string
	if len(grow) > 0 {
		list = append(list, "Workspace that grows with N: "+join(grow)+".")
	}
	if len(flat) > 0 {
		list = append(list, "Workspace that is the same at every N: "+join(flat)+".")
	}
	return list
}

// absentFindings says what has no time, once for each curve and reason.
func absentFindings(s result.Sweep) []string {
	type key struct {
		series string
		status result.Status
	}
	at := map[key][]string{}
	message := map[key]string{}
	var order []key
	for _, p := range s.Points {
		if p.Status == result.StatusOK {
			continue
		}
		k := key{p.Series, p.Status}
		if at[k] == nil {
			order = append(order, k)
			message[k] = strings.TrimSuffix(p.Message, ".")
		}
		at[k] = append(at[k], Length(tokens(p)))
	}
	var list []string
	for _, k := range order {
		list = append(list, fmt.Sprintf("%s has no time at %s: %s (%s).", k.series, join(at[k]), k.status, message[k]))
	}
	return list
}

func endFinding(s result.Sweep) []string {
	switch {
	case s.End == nil:
		return []string{fmt.Sprintf("The sweep was stopped before its end: the %s that finished are here.", verb(len(s.Points), "point", "points"))}
	case s.End.Status != "complete":
		return []string{fmt.Sprintf("The sweep was %s: %d of %d points are here.", s.End.Status, len(s.Points), s.End.Points)}
	}
	return nil
}

// join writes a list as a sentence does.
func join(items []string) string {
	if len(items) < 2 {
		return strings.Join(items, "")
	}
	return strings.Join(items[:len(items)-1], ", ") + " and " + items[len(items)-1]
}
