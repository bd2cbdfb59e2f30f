package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"attnbench/harness/plot"
	"attnbench/harness/result"
)

// picture is a plot with its alternative text and the note below.
type picture struct {
	Name, Alt, Note string
	chart           plot.Chart
}

// charts are the plots that have at least one point.
func charts(whole result.Sweep) []picture {
	s := only(whole, isForward)
	curves := group(s)
	all := namesOf(curves)
	var list []picture
	if c := timeChart(s, curves); drawn(c) {
		list = append(list, picture{
			Name: "time", chart: c, Alt: "Time of one forward pass against sequence length, both logarithmic: " + names(all),
			Note: "Median of the samples; the bands hold the middle half of them, and one series is clearly faster than another where their bands do not overlap. Dashed grey lines, where drawn, show the steepness of N and of N²." + selecting(curves),
		})
	}
	if c := memoryChart(s, curves); drawn(c) {
		list = append(list, picture{
			Name: "memory", chart: c, Alt: "Working memory of one forward pass against sequence length, both logarithmic: " + names(all),
			Note: "Working memory is what a variant needs beside its inputs and output: the scratch that its plan asks for, at skipped points too, and its state. The dotted line shows inputs and output for scale." + weightless(curves),
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
	return append(list, decodeCharts(whole)...)
}

func drawn(c plot.Chart) bool {
	return slices.ContainsFunc(c.Series, func(s plot.Series) bool {
		return !s.Faint && slices.ContainsFunc(s.Y, func(y float64) bool { return y > 0 })
	})
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

func timeChart(s result.Sweep, curves []series) plot.Chart {
	return plot.Chart{
		Title: "Time of one forward pass", Subtitle: caption(s), Slopes: []int{1, 2}, Series: medians(curves),
		X: plot.Axis{Label: "N, tokens", Base: 2, Tick: lengthTick},
		Y: plot.Axis{Label: "time, median", Base: 10, Tick: timeTick},
	}
}

// medians are the curves of median times with a band from Lo to Hi.
func medians(curves []series) []plot.Series {
	var list []plot.Series
	for _, x := range curves {
		line := plot.Series{Name: x.name}
		for _, p := range x.times() {
			line.X, line.Y = append(line.X, float64(p.N)), append(line.Y, p.Median)
			line.Lo, line.Hi = append(line.Lo, p.Lo), append(line.Hi, p.Hi)
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
			line.X, line.Y = append(line.X, float64(tokens(p))), append(line.Y, float64(working(p)))
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
		parts = append(parts, shape(first.Problem))
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

// shape is what all points of a sweep share.
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
