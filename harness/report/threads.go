package report

import (
	"fmt"
	"slices"

	"attnbench/harness/plot"
	"attnbench/harness/result"
)

// threadsPicture is the speed-up over one worker, of each curve at its longest length that
// was measured with one worker and with more; none where there is no such curve. of says what
// was timed.
func (x *reading) threadsPicture(s result.Sweep, name, of string) []picture {
	c := plot.Chart{
		Title: "Speed-up of " + of + " by workers", Subtitle: caption(s),
		X: plot.Axis{Label: "workers", Base: 2, Tick: lengthTick},
		Y: plot.Axis{Label: "times as fast as one worker", Base: 2, Tick: fractionTick},
	}
	at, most := threaded(s.Points), 1
	for _, k := range at {
		line := plot.Series{Name: k.name + " at " + Length(tokens(k.points[0]))}
		one := k.points[0]
		for _, p := range k.points {
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
		Name: name, chart: c, Note: note + remarks(c),
		Alt: fmt.Sprintf("Times as fast as one worker against workers, both logarithmic: %d curves", len(at)),
	}}
}

// threadFindings say how many times as fast each curve is with the largest number of workers
// as with one, at the longest length that has both.
func (x *reading) threadFindings(s result.Sweep) []string {
	var list groups[string, string]
	for _, k := range threaded(s.Points) {
		one, most := k.points[0], k.points[len(k.points)-1]
		o := x.order(most, one)
		text := fmt.Sprintf("%s %s", k.name, interval(o))
		switch {
		case o.Ratio == 0:
			continue // too few visits
		case o.Sign >= 0:
			text += " (" + alike(o) + ")"
		}
		list.add(fmt.Sprintf("Speed-up of %s over one at %s", plural(most.Workers, "worker", "workers"), lengthOf(most)), text)
	}
	var sentences []string
	for _, head := range list.keys {
		sentences = append(sentences, head+": "+listed(list.of[head])+".")
	}
	return several(sentences)
}

// apartFromWorkers is what tells a point from others, whatever its workers.
func apartFromWorkers(p result.Point) result.Identity {
	id := p.Identity()
	id.Workers = 0
	return id
}

// threaded are the timed points that differ in their workers alone, one worker first, under a
// label of what they share: of each curve those of its longest length that has one worker and
// more.
func threaded(points []result.Point) (list []series) {
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
	var all []result.Identity
	for _, key := range curves.keys {
		longest := slices.MaxFunc(curves.of[key], func(a, b []result.Point) int { return tokens(a[0]) - tokens(b[0]) })
		list, all = append(list, series{points: longest}), append(all, apartFromWorkers(longest[0]))
	}
	labels := result.NewLabels(all)
	for i := range list {
		list[i].name = labels.Of(all[i])
	}
	return list
}
