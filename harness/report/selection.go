package report

import (
	"fmt"
	"slices"

	"attnbench/harness/result"
)

// selectionRow is a point with a selection: the times of selection and attend step, and
// the share of the pairs that the selection keeps.
type selectionRow struct {
	Series, By, N, Kept   string
	Select, Attend, Share string // empty where not timed
	measured
}

func (x *reading) selectionRow(p result.Point) selectionRow {
	s := p.Selection
	r := selectionRow{Series: p.Series, By: s.By, N: Length(tokens(p))}
	if s.Of > 0 {
		r.Kept = percent(float64(s.Pairs) / float64(s.Of))
	}
	if !selectionIsTimed(p) {
		return r
	}
	r.Select, r.Attend, r.Share = Duration(s.MedianNS), Duration(p.MedianNS), percent(share(p))
	r.measured = x.selectionTimesOf(p)
	return r
}

// selectionIsTimed reports whether both steps of a point that selects have a time.
func selectionIsTimed(p result.Point) bool {
	return p.Selection != nil && isTimed(p) && p.Selection.MedianNS > 0
}

// share is the selection's share of the time of both steps.
func share(p result.Point) float64 {
	return float64(p.Selection.MedianNS) / float64(p.Selection.MedianNS+p.MedianNS)
}

// selectionRows are the points that made a selection; without rows there is no section.
func (x *reading) selectionRows(curves []series) []selectionRow {
	var list []selectionRow
	for _, c := range curves {
		for _, p := range c.points {
			if p.Selection != nil && p.Selection.Pairs > 0 {
				list = append(list, x.selectionRow(p))
			}
		}
	}
	return list
}

// selectionFindings compare selection and attend step at the longest length of each curve.
func (x *reading) selectionFindings(curves []series) []string {
	var list []string
	for _, c := range curves {
		timed := c.timed
		if len(timed) == 0 || !selectionIsTimed(timed[len(timed)-1]) {
			continue
		}
		p := timed[len(timed)-1]
		r := x.selectionRow(p)
		list = append(list, fmt.Sprintf("The times of %s are of its attend step: at %s tokens %s, over the %s of the pairs that it selects; the selection takes another %s, %s of both steps together.",
			c.name, r.N, x.timeOf(p), r.Kept, r.Select, r.Share))
	}
	return list
}

// selecting names the curves that a chart shows with their attend step alone.
func selecting(curves []series) string {
	var list []string
	for _, c := range curves {
		if slices.ContainsFunc(c.timed, func(p result.Point) bool { return p.Selection != nil }) {
			list = append(list, c.name)
		}
	}
	if len(list) == 0 {
		return ""
	}
	return " Of " + names(list) + " it is the attend step alone."
}
