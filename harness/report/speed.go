package report

import (
	"fmt"
	"slices"
	"strings"

	"attnbench/harness/result"
	"attnbench/harness/verdict"
)

// fastestFindings say which curve is faster than all others, and at which lengths; where
// several share the first place, which. Lengths count at which two curves can be compared and
// none went wrong.
func (x *reading) fastestFindings(curves []series) []string {
	var all []int
	var leading groups[string, int] // lengths by the leaders
	one := map[string]bool{}
	for _, n := range lengths(curves) {
		at := x.comparable(timedAt(curves, n))
		if len(at) < 2 || spoilt(curves, n) {
			continue
		}
		all = append(all, n)
		leaders := x.first(at)
		text := "no series is faster than all others"
		switch {
		case len(leaders) == 1:
			text = leaders[0] + " is the fastest"
		case len(leaders) < len(at):
			text = "the fastest is one of " + names(leaders) + ", which are too close to order"
		}
		leading.add(text, n)
		one[text] = len(leaders) == 1
	}
	if len(all) < 2 {
		return nil // longestFindings says it
	}
	var list []string
	for _, text := range leading.keys {
		where := spans(leading.of[text], all)
		if one[text] {
			list = append(list, text+" "+where+".")
		} else {
			list = append(list, strings.ToUpper(where[:1])+where[1:]+" "+text+".")
		}
	}
	return several(list)
}

// first are the names of the points that the fastest by median is not shown to be faster
// than, and its own.
func (x *reading) first(at []result.Point) []string {
	list := []string{at[0].Series}
	for _, p := range at[1:] {
		if !x.faster(at[0], p) {
			list = append(list, p.Series)
		}
	}
	return list
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

// longestFindings rank all curves at the longest length at which two can be compared, and
// then the curves of each Problem likewise.
func (x *reading) longestFindings(curves []series) []string {
	n, ok := x.longestComparable(curves)
	if !ok {
		return nil
	}
	text := fmt.Sprintf("At %s tokens %s", Length(n), x.ranking(timedAt(curves, n)))
	if missing := without(curves, n); len(missing) > 0 {
		text += "; " + has(missing) + " no time there"
	}
	if few := x.withFewVisits(curves, n); len(few) > 0 {
		text += "; " + has(few) + " too few visits there"
	}
	if longest, _ := longestShared(curves); longest > n {
		text += "; at longer ones too few have the visits that an order needs"
	}
	problems := byProblem(curves)
	if len(problems.keys) < 2 {
		return []string{text + "."}
	}
	var list []string
	for _, problem := range problems.keys {
		same := problems.of[problem]
		if n, ok := x.longestComparable(same); ok {
			list = append(list, fmt.Sprintf("Of those that compute %s, at %s tokens %s.", problem, Length(n), x.ranking(timedAt(same, n))))
		}
	}
	return append([]string{text + "."}, several(list)...)
}

// incomparable says that no two curves have enough visits at any length that both reached.
func (x *reading) incomparable(curves []series, where string) []string {
	_, shared := longestShared(curves)
	if _, ok := x.longestComparable(curves); ok || !shared || x.run.Visits == 0 {
		return nil
	}
	return []string{fmt.Sprintf("No two series have %d visits at one length%s, as an order needs: none is called faster than another.", verdict.MinSeparate, where)}
}

// longestComparable is the longest length at which at least two curves have enough visits.
func (x *reading) longestComparable(curves []series) (n int, ok bool) {
	for _, length := range lengths(curves) {
		if len(x.comparable(timedAt(curves, length))) >= 2 {
			n, ok = length, true
		}
	}
	return n, ok
}

// ranking gives the time of the fastest of at least two comparable points, and the ratios of
// the others to it, each with its interval; of many points only the second and the last.
// Where the order of a point is not clear it says so.
func (x *reading) ranking(at []result.Point) string {
	at = x.comparable(at)
	first, others := at[0], at[1:]
	text := fmt.Sprintf("%s takes %s", first.Series, x.timeOf(first))
	if len(x.first(at)) == 1 {
		text = fmt.Sprintf("%s is the fastest with %s", first.Series, x.timeOf(first))
	}
	if len(others) > maxNames {
		others = []result.Point{others[0], others[len(others)-1]}
	}
	var slower, rest []string
	for _, p := range others {
		o := x.order(first, p)
		if o.Sign >= 0 {
			rest = append(rest, fmt.Sprintf("%s is %s (%s to %s times)", p.Series, alike(o), ratio(o.Lo), ratio(o.Hi)))
			continue
		}
		form := "%s %s times"
		if len(slower) == 0 {
			form = "%s takes %s times as long"
		}
		slower = append(slower, fmt.Sprintf(form, p.Series, interval(o)))
	}
	if len(rest) > 0 {
		text += "; " + join(rest)
	}
	if len(slower) > 0 {
		text += "; " + join(slower)
	}
	return text
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

// withFewVisits names the curves that have a time at length n, of too few visits to compare.
func (x *reading) withFewVisits(curves []series, n int) []string {
	var list []string
	for _, c := range curves {
		if p, ok := c.at(n); ok && len(x.comparable([]result.Point{p})) == 0 {
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

// slowestFindings name the curve that is slower than all others at each length, where one
// is. Only lengths that all curves with a time reached count: elsewhere the slowest curve may
// have no time.
func (x *reading) slowestFindings(curves []series) []string {
	var all []int
	slowest := map[string][]int{}
	for _, n := range lengths(curves) {
		at := timedAt(curves, n)
		if len(at) < 2 || len(x.comparable(at)) < len(at) || len(without(curves, n)) > 0 {
			continue
		}
		all = append(all, n)
		last := at[len(at)-1]
		if !slices.ContainsFunc(at[:len(at)-1], func(p result.Point) bool { return !x.faster(p, last) }) {
			slowest[last.Series] = append(slowest[last.Series], n)
		}
	}
	if len(all) < 2 {
		return nil
	}
	var list []string
	for _, c := range curves {
		if at := slowest[c.name]; len(at) > 0 {
			list = append(list, fmt.Sprintf("%s is the slowest %s.", c.name, spans(at, all)))
		}
	}
	return several(list)
}
