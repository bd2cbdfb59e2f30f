package report

import (
	"fmt"

	"attnbench/harness/result"
)

// selectionRow is a point with a selection: the times of selection and attend step, and
// the share of the pairs that the selection keeps.
type selectionRow struct {
	Series, By, N, Kept   string
	Select, Attend, Share string // empty where not timed
	Spread, Samples       string
}

func newSelectionRow(p result.Point) selectionRow {
	s := p.Selection
	r := selectionRow{Series: p.Series, By: s.By, N: Length(tokens(p))}
	if s.Of > 0 {
		r.Kept = percent(float64(s.Pairs) / float64(s.Of))
	}
	if !isTimed(p) {
		return r
	}
	r.Select, r.Attend, r.Share = Duration(s.MedianNS), Duration(p.MedianNS), percent(share(p))
	lo, hi := sampleRange(result.Point{SamplesNS: s.SamplesNS, MedianNS: s.MedianNS})
	r.Spread = Duration(lo) + " – " + Duration(hi)
	r.Samples = fmt.Sprint(len(s.SamplesNS))
	if s.Repeats > 1 {
		r.Samples += fmt.Sprintf(" × %d", s.Repeats)
	}
	return r
}

// isTimed reports whether both steps of a point that selects have a time.
func isTimed(p result.Point) bool {
	return p.Selection != nil && p.Status == result.StatusOK && p.MedianNS > 0 && p.Selection.MedianNS > 0
}

// share is the selection's share of the time of both steps.
func share(p result.Point) float64 {
	return float64(p.Selection.MedianNS) / float64(p.Selection.MedianNS+p.MedianNS)
}

// selectionRows are the points that made a selection; without rows there is no section.
func selectionRows(curves []series) []selectionRow {
	var list []selectionRow
	for _, c := range curves {
		for _, p := range c.points {
			if p.Selection != nil && p.Selection.Pairs > 0 {
				list = append(list, newSelectionRow(p))
			}
		}
	}
	return list
}

// selectionFindings compare selection and attend step at the longest length of each curve.
func selectionFindings(curves []series) []string {
	var list []string
	for _, c := range curves {
		timed := c.timed()
		if len(timed) == 0 || !isTimed(timed[len(timed)-1]) {
			continue
		}
		p := timed[len(timed)-1]
		r := newSelectionRow(p)
		list = append(list, fmt.Sprintf("The times of %s are of its attend step: at %s tokens %s, over the %s of the pairs that it selects; the selection takes another %s, %s of both steps together.",
			c.name, r.N, r.Attend, r.Kept, r.Select, r.Share))
	}
	return list
}

// selecting names the curves that a chart shows with their attend step alone.
func selecting(curves []series) string {
	var list []string
	for _, c := range curves {
		for _, p := range c.timed() {
			if p.Selection != nil {
				list = append(list, c.name)
				break
			}
		}
	}
	if len(list) == 0 {
		return ""
	}
	return " Of " + names(list) + " it is the attend step alone."
}
