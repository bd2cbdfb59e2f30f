package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"attnbench/harness/plot"
	"attnbench/harness/result"
	"attnbench/harness/verdict"
)

// picture is a plot with its alternative text and the note below.
type picture struct {
	Name, Alt, Note string
	chart           plot.Chart
}

// charts are the plots that have at least one point.
func (x *reading) charts() []picture {
	s := only(x.Sweep, isForward)
	curves := group(s)
	all := namesOf(curves)
	var list []picture
	if c := x.timeChart(s, curves); drawn(c) {
		list = append(list, picture{
			Name: "time", chart: c, Alt: "Time of one forward pass against sequence length, both logarithmic: " + names(all),
			Note: x.bands(s.Points, "Median of the samples") + " Where two bands overlap, neither series is called faster. Dashed grey lines, where drawn, show the steepness of N and of N²." + selecting(curves) + remarks(c),
		})
	}
	list = append(list, x.slopePicture(s, "slope", "one forward pass")...)
	list = append(list, x.threadsPicture(s, "threads", "one forward pass")...)
	if c := memoryChart(s, curves); drawn(c) {
		list = append(list, picture{
			Name: "memory", chart: c, Alt: "Working memory of one forward pass against sequence length, both logarithmic: " + names(all),
			Note: "Working memory is what a variant needs beside its inputs and output: the scratch that its plan asks for, at skipped points too, and its state." + measuredMemory(s.Points) + " The dotted line shows inputs and output for scale." + weightless(curves) + remarks(c),
		})
	}
	if c := recallChart(s); drawn(c) {
		var retrieving []string
		for _, r := range s.Recalls {
			retrieving = append(retrieving, r.Series)
		}
		list = append(list, picture{
			Name: "recall", chart: c, Alt: "Pairs retrieved exactly against pairs planted, both logarithmic: " + names(retrieving),
			Note: "Recall needs no training: pairs of a key and a value are planted among noise and asked for again; on the diagonal all are retrieved. Beside each name stands the state that the variant keeps of the sequence. A count of none has no place on a logarithmic axis.",
		})
	}
	list = append(list, x.decodeCharts()...)
	return append(list, x.rooflinePicture()...)
}

func drawn(c plot.Chart) bool {
	return slices.ContainsFunc(c.Series, func(s plot.Series) bool {
		return !s.Faint && slices.ContainsFunc(s.Y, func(y float64) bool { return y > 0 })
	})
}

// bands says what the medians and the bands of a chart are; median is what that of a point of
// schema 1 is.
func (x *reading) bands(points []result.Point, median string) string {
	var known, few, one, samples bool
	for _, p := range where(points, isTimed) {
		switch i := x.interval(p); {
		case i.Known():
			known = true
		case i.Visits > 1:
			few = true
		case i.Visits == 1:
			one = true
		default:
			samples = true
		}
	}
	var bands []string
	if known {
		bands = append(bands, "intervals of 95 %")
	}
	switch {
	case few && known:
		bands = append(bands, fmt.Sprintf("of points with fewer than %d visits the range of the visits", verdict.MinVisits))
	case few:
		bands = append(bands, fmt.Sprintf("the range of the visits, which are fewer than %d", verdict.MinVisits))
	}
	switch {
	case one && !known && !few:
		bands = append(bands, "the range of the samples of a single visit")
	case one:
		bands = append(bands, "of a point with one visit the range of its samples")
	}
	if samples {
		bands = append(bands, "the range of the samples")
	} else {
		median = "Median over the visits, each of which is the median of its samples"
	}
	return median + "; the bands are " + strings.Join(bands, ", ") + "."
}

// remarks says what a chart shows beside its usual curves.
func remarks(c plot.Chart) string {
	var text string
	if slices.ContainsFunc(c.Series, func(s plot.Series) bool { return slices.Contains(s.Hollow, true) }) {
		text += " Hollow markers are predictions for points that were skipped."
	}
	if n := c.Unnamed(); n > 0 {
		text += fmt.Sprintf(" Of so many series some are named, evenly from the lowest to the highest; the other %s are grey, and the tables have them all.", Count(int64(n)))
	}
	return text
}

// measuredMemory says what the bars of the memory chart are, where a peak was measured.
func measuredMemory(points []result.Point) string {
	if !slices.ContainsFunc(points, func(p result.Point) bool { return p.PeakBytes > 0 }) {
		return ""
	}
	return " Curves are what the plans ask for; bands reach to what was measured: by how much the peak of a process exceeds its inputs and output."
}

// weightless names the curves that a logarithmic axis cannot show.
func weightless(curves []series) string {
	var list []string
	for _, c := range curves {
		points := c.planned()
		if len(points) > 0 && working(points[len(points)-1]) == 0 {
			list = append(list, c.name)
		}
	}
	switch len(list) {
	case 0:
		return ""
	case 1:
		return " " + list[0] + " needs none and has no curve."
	}
	return " " + names(list) + " need none and have no curves."
}

func (x *reading) timeChart(s result.Sweep, curves []series) plot.Chart {
	return plot.Chart{
		Title: "Time of one forward pass", Subtitle: caption(s), Slopes: []int{1, 2}, Series: x.medians(curves),
		X: plot.Axis{Label: "N, tokens", Base: 2, Tick: lengthTick},
		Y: plot.Axis{Label: "time, median", Base: 10, Tick: timeTick},
	}
}

// medians are the curves of median times with a band from Lo to Hi, and of the times that
// were predicted for skipped points.
func (x *reading) medians(curves []series) []plot.Series {
	var list []plot.Series
	for _, c := range curves {
		line := plot.Series{Name: c.name}
		for _, p := range c.points {
			median, lo, hi := float64(p.MedianNS), 0.0, 0.0
			switch {
			case isTimed(p):
				i := x.interval(p)
				lo, hi = i.Lo, i.Hi
			case p.Status == result.StatusSkipped && p.PredictedNS > 0:
				median = float64(p.PredictedNS)
				lo, hi = median, median
			default:
				continue
			}
			line.X, line.Y = append(line.X, float64(tokens(p))), append(line.Y, median)
			line.Lo, line.Hi = append(line.Lo, lo), append(line.Hi, hi)
			line.Hollow = append(line.Hollow, !isTimed(p))
		}
		list = append(list, line)
	}
	return list
}

func memoryChart(s result.Sweep, curves []series) plot.Chart {
	c := plot.Chart{
		Title: "Working memory of one forward pass", Subtitle: caption(s), Slopes: []int{1, 2},
		X: plot.Axis{Label: "N, tokens", Base: 2, Tick: lengthTick},
		Y: plot.Axis{Label: "memory", Base: 2, Tick: byteTick},
	}
	tensors := plot.Series{Name: "inputs + output", Faint: true}
	for _, x := range curves {
		line := plot.Series{Name: x.name}
		var beside []float64
		for _, p := range x.planned() {
			needs := float64(working(p))
			peak := float64(p.PeakBytes - p.InputBytes - p.OutputBytes)
			if peak <= 0 { // not measured, or too little to see
				peak = needs
			}
			line.X, line.Y = append(line.X, float64(tokens(p))), append(line.Y, needs)
			line.Lo, line.Hi = append(line.Lo, min(needs, peak)), append(line.Hi, max(needs, peak))
			line.Hollow = append(line.Hollow, p.Status == result.StatusSkipped)
			beside = append(beside, float64(p.InputBytes+p.OutputBytes))
		}
		c.Series = append(c.Series, line)
		if len(line.X) > len(tensors.X) {
			tensors.X, tensors.Y = line.X, beside
		}
	}
	c.Series = append(c.Series, tensors)
	return c
}

// caption is the machine, the shape and the date, as the picture shows them.
func caption(s result.Sweep) string {
	var parts []string
	if cpu := s.Run.Machine.CPU; cpu != "" {
		parts = append(parts, cpu)
	}
	parts = append(parts, system(s.Run.Machine))
	if len(s.Points) > 0 {
		first := s.Points[0]
		if text := shapeOf(s.Points); text != "" {
			parts = append(parts, text)
		}
		differ := slices.ContainsFunc(s.Points, func(p result.Point) bool { return p.Workers != first.Workers })
		if !differ && first.Workers > 0 {
			parts = append(parts, plural(first.Workers, "worker", "workers"))
		}
	}
	if !s.Run.Time.IsZero() {
		parts = append(parts, s.Run.Time.UTC().Format(time.DateOnly))
	}
	return strings.Join(parts, "  ·  ")
}

// shapeOf is the shape that all points share; empty where they differ, and labels tell it.
func shapeOf(points []result.Point) string {
	var text string
	for _, p := range points {
		if own := shape(p.Problem); text == "" || text == own {
			text = own
		} else {
			return ""
		}
	}
	return text
}

// shape is the shape of a Problem without its lengths.
func shape(p result.Problem) string {
	heads := plural(p.QHeads, "head", "heads")
	if p.KVHeads != p.QHeads {
		heads = fmt.Sprintf("%d query and %d key/value heads", p.QHeads, p.KVHeads)
	}
	dim := fmt.Sprintf("d = %d", p.HeadDim)
	if p.ValueDim != p.HeadDim {
		dim += fmt.Sprintf(", dv = %d", p.ValueDim)
	}
	return fmt.Sprintf("batch %d, %s, %s", p.Batch, heads, dim)
}
