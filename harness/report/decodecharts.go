package report

import (
	"slices"

	"attnbench/harness/plot"
	"attnbench/harness/result"
)

// decodeCharts are the plots of a decoding, where they have at least one point.
func decodeCharts(s result.Sweep) []picture {
	s = only(s, isStep)
	curves := group(s)
	var all []string
	for _, c := range curves {
		all = append(all, c.name)
	}
	var list []picture
	if c := latencyChart(s, curves); drawn(c) {
		note := "Median of single steps, each timed alone; the bands hold the middle half of them. Every token of the batch counts as one step."
		if slices.ContainsFunc(c.Series, func(x plot.Series) bool { return x.Faint }) {
			note += " The dashed line is the time that this machine needs to read a cache of all keys and values at the bandwidth measured between the steps: whoever reads all of it cannot be below."
		}
		list = append(list, picture{Name: "latency", chart: c, Alt: "Time per token against context, both logarithmic: " + names(all), Note: note})
	}
	if c := stateChart(s, curves); drawn(c) {
		list = append(list, picture{Name: "state", chart: c, Alt: "Bytes of the state against context, both logarithmic: " + names(all),
			Note: "What a decoder keeps of the sequences, of contexts that were skipped as well: a cache of keys and values, a window of them, or what they fold into."})
	}
	return list
}

func latencyChart(s result.Sweep, curves []series) plot.Chart {
	c := plot.Chart{
		Title: "Time of one token", Subtitle: caption(s), Slopes: []int{1},
		X: plot.Axis{Label: "N, tokens of context", Base: 2, Tick: lengthTick},
		Y: plot.Axis{Label: "time per step, median", Base: 10, Tick: timeTick},
	}
	for _, x := range curves {
		line := plot.Series{Name: x.name}
		for _, p := range x.times() {
			line.X, line.Y = append(line.X, float64(p.N)), append(line.Y, p.Median)
			line.Lo, line.Hi = append(line.Lo, p.Lo), append(line.Hi, p.Hi)
		}
		c.Series = append(c.Series, line)
	}
	if bound := bandwidthBound(s); len(bound.X) > 0 {
		c.Series = append(c.Series, bound)
	}
	return c
}

// bandwidthBound is how long reading a cache of all rows takes, at each context at which
// the bandwidth was measured: at the largest rate of the sweep's there, since a step
// that is above it with one kernel set or worker is not below it with more.
func bandwidthBound(s result.Sweep) plot.Series {
	best, bytes := map[int]float64{}, map[int]float64{}
	var at []int
	for _, p := range s.Points {
		if p.BandwidthGBS <= 0 {
			continue
		}
		n := tokens(p)
		if best[n] == 0 {
			at = append(at, n)
		}
		best[n], bytes[n] = max(best[n], p.BandwidthGBS), denseBytes(p.Problem)
	}
	slices.Sort(at)
	line := plot.Series{Name: "read bandwidth", Faint: true, Bound: true}
	for _, n := range at {
		line.X, line.Y = append(line.X, float64(n)), append(line.Y, bytes[n]/best[n])
	}
	return line
}

// denseBytes is a cache of all keys and values of a Problem.
func denseBytes(p result.Problem) float64 {
	return 4 * float64(p.Batch) * float64(p.KVHeads) * float64(p.KVLen) * float64(p.HeadDim+p.ValueDim)
}

func stateChart(s result.Sweep, curves []series) plot.Chart {
	c := plot.Chart{
		Title: "State of a decoder", Subtitle: caption(s), Slopes: []int{1},
		X: plot.Axis{Label: "N, tokens of context", Base: 2, Tick: lengthTick},
		Y: plot.Axis{Label: "bytes", Base: 2, Tick: byteTick},
	}
	for _, x := range curves {
		line := plot.Series{Name: x.name}
		for _, p := range x.stateful() {
			line.X, line.Y = append(line.X, float64(tokens(p))), append(line.Y, float64(p.StateBytes))
		}
		c.Series = append(c.Series, line)
	}
	return c
}
