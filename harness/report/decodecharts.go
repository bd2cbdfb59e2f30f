package report

import (
	"slices"

	"attnbench/harness/plot"
	"attnbench/harness/result"
)

// decodeCharts are the plots of decoding that have at least one point.
func (x *reading) decodeCharts() []picture {
	s := only(x.Sweep, isStep)
	curves := group(s)
	all := namesOf(curves)
	var list []picture
	if c := x.latencyChart(s, curves); drawn(c) {
		note := x.bands(s.Points, "Median of single steps, each timed alone") + " Every token of the batch counts as one step." + remarks(c)
		if slices.ContainsFunc(c.Series, func(s plot.Series) bool { return s.Faint }) {
			note += " The dashed line is the time that this machine needs to read the KV cache of all tokens at the bandwidth measured between the steps: no variant that reads the whole KV cache can be faster."
		}
		list = append(list, picture{Name: "latency", chart: c, Alt: "Time per token against context, both logarithmic: " + names(all), Note: note})
	}
	list = append(list, x.slopePicture(s, "slope-decode", "one token")...)
	list = append(list, x.threadsPicture(s, "threads-decode", "one token")...)
	if c := stateChart(s, curves); drawn(c) {
		list = append(list, picture{Name: "state", chart: c, Alt: "Bytes of the state against context, both logarithmic: " + names(all),
			Note: "What a decoder keeps of the sequences, at skipped contexts too: a KV cache of all tokens, a ring buffer of a window of tokens, or a state that keys fold into." + remarks(c)})
	}
	return list
}

func (x *reading) latencyChart(s result.Sweep, curves []series) plot.Chart {
	c := plot.Chart{
		Title: "Time of one token", Subtitle: caption(s), Slopes: []int{1}, Series: x.medians(curves),
		X: plot.Axis{Label: "N, tokens of context", Base: 2, Tick: lengthTick},
		Y: plot.Axis{Label: "time per step, median", Base: 10, Tick: timeTick},
	}
	if bound := bandwidthBound(s); len(bound.X) > 0 {
		c.Series = append(c.Series, bound)
	}
	return c
}

// bandwidthBound is the time of reading the whole KV cache, at each context with a
// measured bandwidth. The largest bandwidth over kernel sets and workers counts, so that
// the line bounds every series.
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
		best[n], bytes[n] = max(best[n], p.BandwidthGBS), float64(p.Problem.KVCacheBytes())
	}
	slices.Sort(at)
	line := plot.Series{Name: "read bandwidth", Faint: true, Bound: true}
	for _, n := range at {
		line.X, line.Y = append(line.X, float64(n)), append(line.Y, bytes[n]/best[n])
	}
	return line
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
			line.Hollow = append(line.Hollow, p.Status == result.StatusSkipped)
		}
		c.Series = append(c.Series, line)
	}
	return c
}
