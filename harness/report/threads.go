package report

import (
	"fmt"
	"slices"

	"attnbench/harness/plot"
	"attnbench/harness/result"
)

// threadsPicture is the speed-up over one worker, of each curve at its longest length that
// was measured with one worker and with more; none where there is no such curve.
func (x *reading) threadsPicture(s result.Sweep) []picture {
	c := plot.Chart{
		Title: "Speed-up by workers", Subtitle: caption(s),
		X: plot.Axis{Label: "workers", Base: 2, Tick: lengthTick},
		Y: plot.Axis{Label: "times as fast as one worker", Base: 2, Tick: fractionTick},
	}
	at := threaded(s.Points)
	var all []result.Identity
	for _, points := range at {
		all = append(all, apartFromWorkers(points[0]))
	}
	labels := result.NewLabels(all)
	most := 1
	for i, points := range at {
		line := plot.Series{Name: labels.Of(all[i]) + " at " + Length(tokens(points[0]))}
		one := points[0]
		for _, p := range points {
			speedUp := float64(one.MedianNS) / float64(p.MedianNS)
			line.X, line.Y = append(line.X, float64(p.Workers)), append(line.Y, speedUp)
			lo, hi := speedUp, speedUp
			if a, b := x.interval(one), x.interval(p); p.Workers > 1 {
				lo, hi = a.Lo/b.Hi, a.Hi/b.Lo
			}
			line.Lo, line.Hi = append(line.Lo, lo), append(line.Hi, hi)
			most = max(most, p.Workers)
		}
		c.Series = append(c.Series, line)
	}
	if len(at) == 0 {
		return nil
	}
	c.Series = append(c.Series, plot.Series{Name: "ideal", Faint: true, Bound: true, X: []float64{1, float64(most)}, Y: []float64{1, float64(most)}})
	note := "The time of one worker over that of several; bands reach from the lower end of one interval over the upper end of the other to the opposite. Dashed is a worker for a worker."
	if e := s.Run.Machine.Environment; e != nil && e.PhysicalCores > 0 && e.PhysicalCores < most {
		c.Marks = append(c.Marks, plot.Mark{X: float64(e.PhysicalCores), Label: plural(e.PhysicalCores, "physical core", "physical cores")})
		note += " Beyond the physical cores, workers share one."
	}
	return []picture{{
		Name: "threads", chart: c, Note: note + remarks(c),
		Alt: fmt.Sprintf("Times as fast as one worker against workers, both logarithmic: %d curves", len(at)),
	}}
}

// apartFromWorkers is what tells a point from others, whatever its workers.
func apartFromWorkers(p result.Point) result.Identity {
	id := p.Identity()
	id.Workers = 0
	return id
}

// threaded are the timed points that differ in their workers alone, one worker first: of each
// curve those of its longest length that has one worker and more.
func threaded(points []result.Point) [][]result.Point {
	var same groups[string, result.Point] // by all but the workers
	for _, p := range points {
		if isTimed(p) {
			same.add(fmt.Sprint(apartFromWorkers(p)), p)
		}
	}
	var curves groups[string, []result.Point] // by all but workers and length
	for _, key := range same.keys {
		list := same.of[key]
		slices.SortStableFunc(list, func(a, b result.Point) int { return a.Workers - b.Workers })
		if list[0].Workers != 1 || list[len(list)-1].Workers == 1 {
			continue
		}
		id := apartFromWorkers(list[0])
		id.Problem.QLen, id.Problem.KVLen = 0, 0
		curves.add(fmt.Sprint(id), list)
	}
	var longest [][]result.Point
	for _, key := range curves.keys {
		longest = append(longest, slices.MaxFunc(curves.of[key], func(a, b []result.Point) int { return tokens(a[0]) - tokens(b[0]) }))
	}
	return longest
}
