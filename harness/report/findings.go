package report

import (
	"fmt"
	"strings"

	"attnbench/harness/result"
)

// findings say what a sweep found, in one plain sentence each: the verdict on the machine,
// agreement, the fastest and the slowest, crossovers, growth, memory, what has no time, how
// the sweep ended.
func (x *reading) findings() []string {
	curves := group(only(x.Sweep, isForward))
	list := []string{x.opening()}
	list = append(list, agreementFindings(x.Sweep)...)
	list = append(list, x.bitsFindings()...)
	list = append(list, differentProblems(group(x.Sweep))...)
	list = append(list, x.incomparable(curves, "")...)
	list = append(list, x.fastestFindings(curves)...)
	list = append(list, x.longestFindings(curves)...)
	list = append(list, x.slowestFindings(curves)...)
	list = append(list, x.selectionFindings(curves)...)
	list = append(list, x.crossoverFindings(curves)...)
	list = append(list, x.threadFindings(only(x.Sweep, isForward))...)
	list = append(list, x.growthFindings(curves)...)
	list = append(list, memoryFindings(curves)...)
	list = append(list, peakFindings(x.Points)...)
	list = append(list, recallFindings(x.Sweep)...)
	list = append(list, absentFindings(curves)...)
	list = append(list, x.decodeFindings()...)
	list = append(list, warningFindings(x.Sweep)...)
	return append(list, ending(x.Sweep))
}

func agreementFindings(s result.Sweep) []string {
	var rows int
	var worst result.Point
	var bad []string
	for _, p := range s.Points {
		switch {
		case p.Agreement == nil:
		case p.Status == result.StatusDisagree:
			bad = append(bad, fmt.Sprintf("%s at %s (%s times its budget)", p.Series, Length(tokens(p)), ratio(p.Agreement.Worst)))
		default:
			rows += p.Agreement.Rows
			if worst.Agreement == nil || p.Agreement.Worst > worst.Agreement.Worst {
				worst = p
			}
		}
	}
	var list []string
	if len(bad) > 0 {
		list = append(list, fmt.Sprintf("%s with the float64 oracle and got no time: %s.",
			plural(len(bad), "point disagrees", "points disagree"), listed(bad)))
	}
	if worst.Agreement != nil {
		who := "Every variant"
		if len(bad) > 0 {
			who = "Every other point"
		}
		list = append(list, fmt.Sprintf("%s computes what it should: the worst error is %s of its budget over %s rows (%s at %s).",
			who, ratio(worst.Agreement.Worst), Count(int64(rows)), worst.Series, Length(tokens(worst))))
	}
	return list
}

// differentProblems says which curves compute which Problem, where there are several.
func differentProblems(curves []series) []string {
	problems := byProblem(curves)
	if len(problems.keys) < 2 {
		return nil
	}
	var list []string
	for _, problem := range problems.keys {
		list = append(list, problem+": "+names(namesOf(problems.of[problem])))
	}
	if more := len(list) - maxListed; more > 0 {
		list = append(list[:maxListed], fmt.Sprintf("and %d Problems more", more))
	}
	return []string{fmt.Sprintf("Not all series compute the same Problem, so that a faster series need not be the better one (%s).", strings.Join(list, "; "))}
}

// absentFindings says which points have no time, once for each curve and status, with
// the reason at the shortest length.
func absentFindings(curves []series) []string {
	var list []string
	for _, c := range curves {
		var absent groups[result.Status, result.Point]
		for _, p := range c.points {
			if p.Status != result.StatusOK {
				absent.add(p.Status, p)
			}
		}
		for _, status := range absent.keys {
			points, why := absent.of[status], inWords[status]
			if first := strings.TrimSuffix(points[0].Message, "."); first != "" {
				why += ", " + first
			}
			list = append(list, fmt.Sprintf("%s has no time %s: %s.", c.name, spans(lengthsOf(points), lengthsOf(c.points)), why))
		}
	}
	return several(list)
}

var inWords = map[result.Status]string{
	result.StatusDisagree: "it disagrees", result.StatusUnsupported: "unsupported",
	result.StatusSkipped: "skipped", result.StatusFailed: "it failed",
}

func ending(s result.Sweep) string {
	switch {
	case s.End == nil:
		return fmt.Sprintf("The sweep was stopped before it ended; %s here.%s", plural(len(s.Points), "point is", "points are"), unfinished(s))
	case s.End.Status == "complete":
		return fmt.Sprintf("The sweep is complete: %s in %s.", plural(len(s.Points), "point", "points"), elapsed(s.End.Seconds))
	}
	return fmt.Sprintf("The sweep was %s: %d of %s here.%s", s.End.Status, len(s.Points), plural(s.End.Points, "point is", "points are"), unfinished(s))
}

// unfinished counts the visits of points that have no record yet.
func unfinished(s result.Sweep) string {
	known, visits, points := map[string]bool{}, 0, map[string]bool{}
	for _, p := range s.Points {
		known[p.Key] = true
	}
	for _, v := range s.Visits {
		if !known[v.Key] {
			visits++
			points[v.Key] = true
		}
	}
	if visits == 0 {
		return ""
	}
	return fmt.Sprintf(" The record has %s to %s more, which the sweep needs to go on.", plural(visits, "visit", "visits"), plural(len(points), "point", "points"))
}
