package result

import (
	"fmt"
	"slices"
)

// VisitsOf are the visits of each point, by its key, in the order made, without anchors.
func (s Sweep) VisitsOf() map[string][]Visit {
	of := map[string][]Visit{}
	for _, v := range s.Visits {
		if !v.Anchor {
			of[v.Key] = append(of[v.Key], v)
		}
	}
	return of
}

// Anchors are the anchor visits, in the order made.
func (s Sweep) Anchors() (list []Visit) {
	for _, v := range s.Visits {
		if v.Anchor {
			list = append(list, v)
		}
	}
	return list
}

// join keeps the last point and the last recall of each key, in the place of the first,
// hands each point its visits, and compares them. Its error begins with the number of a
// line.
func (r *reader) join() error {
	s, of := &r.sweep, r.sweep.VisitsOf()
	lines := map[string]int{} // of the point that counts
	for i, p := range s.Points {
		lines[p.Key] = r.lines.points[i]
	}
	s.Points = lastOfEach(s.Points, func(p Point) string { return p.Key })
	s.Recalls = lastOfEach(s.Recalls, func(r Recall) string { return r.Key })
	type visit struct {
		key    string
		number int
		anchor bool
	}
	seen := map[visit]bool{}
	for i, v := range s.Visits {
		if _, known := lines[v.Key]; !known && s.End != nil && s.End.Status == "complete" {
			return fmt.Errorf("%d: not a valid visit: no point has its key, %q, and the sweep is complete", r.lines.visits[i], v.Key)
		}
		this := visit{v.Key, v.Number, v.Anchor}
		if seen[this] {
			return fmt.Errorf("%d: not a valid visit: number %d of %q is there already", r.lines.visits[i], v.Number, v.Key)
		}
		seen[this] = true
	}
	for i := range s.Points {
		p := &s.Points[i]
		if p.Key == "" {
			continue
		}
		p.Visited = of[p.Key]
		if err := p.checkVisits(); err != nil {
			return fmt.Errorf("%d: not a valid point: %w", lines[p.Key], err)
		}
	}
	return nil
}

// checkVisits compares a point with its visits: those that count are some of those that are ok.
func (p Point) checkVisits() error {
	var medians []int64
	for _, v := range p.Visited {
		if v.Timed() {
			medians = append(medians, v.MedianNS)
		}
		if p.Status == StatusOK && v.Status == StatusDisagree {
			return fmt.Errorf("status is ok, and visit %d disagrees", v.Number)
		}
	}
	if p.Status == StatusOK && !within(p.VisitMedians, medians) {
		return fmt.Errorf("visit_medians_ns is %v, and its visits have %v", p.VisitMedians, medians)
	}
	return nil
}

// within reports whether some is all with nothing or something left out.
func within(some, all []int64) bool {
	for _, x := range some {
		i := slices.Index(all, x)
		if i < 0 {
			return false
		}
		all = all[i+1:]
	}
	return true
}

// lastOfEach keeps the last record of each key, in the place of the first. Records of
// schema 1 have no key and all stay.
func lastOfEach[T any](records []T, key func(T) string) []T {
	at := map[string]int{}
	var list []T
	for _, r := range records {
		k := key(r)
		if i, known := at[k]; known && k != "" {
			list[i] = r
			continue
		}
		at[k] = len(list)
		list = append(list, r)
	}
	return list
}
