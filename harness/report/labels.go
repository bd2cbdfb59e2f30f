package report

import (
	"slices"

	"attnbench/harness/result"
)

// labelled is the sweep with the label of its curve as the series of every point and
// recall: the variant and what differs within this report. The names that records of
// schema 1 have stay only where labels would join what these keep apart.
func labelled(s result.Sweep) result.Sweep {
	var all []result.Identity
	for _, p := range s.Points {
		all = append(all, p.Identity())
	}
	for _, r := range s.Recalls {
		all = append(all, r.Identity())
	}
	labels := result.NewLabels(all)
	points, recalls := slices.Clone(s.Points), slices.Clone(s.Recalls)
	for i := range points {
		points[i].Series = labels.Of(points[i].Identity())
	}
	for i := range recalls {
		recalls[i].Series = labels.Of(recalls[i].Identity())
	}
	if joined(s.Points, points) {
		return s
	}
	s.Points, s.Recalls = points, recalls
	return s
}

// joined says whether points of one label had different names.
func joined(named, labelled []result.Point) bool {
	name := map[string]string{}
	for i, p := range labelled {
		if before, known := name[p.Series]; known && before != named[i].Series {
			return true
		}
		name[p.Series] = named[i].Series
	}
	return false
}
