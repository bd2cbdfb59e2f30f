package report

import (
	"fmt"
	"strings"
	"time"

	"attnbench/harness/plot"
	"attnbench/harness/result"
)

// charts are the plots that have at least one point.
func (v *view) charts(s result.Sweep) []picture {
	curves := group(s)
	var list []picture
	if c := timeChart(s, curves); len(c.Series) > 0 {
		list = append(list, picture{
			Name: "time", chart: c, Alt: "time of one forward pass against sequence length",
			Note: "Median of the samples; the bars reach from the fastest sample to the slowest.",
		})
	}
	if c := memoryChart(s, curves); len(c.Series) > 0 {
		list = append(list, picture{
			Name: "memory", chart: c, Alt: "workspace against sequence length",
			Note: "Workspace is the scratch memory that a variant needs beside its inputs and output, which the dashed line shows for scale.",
		})
	}
	return list
}

func timeChart(s result.Sweep, curves []series) plot.Chart {
	c := plot.Chart{
		Title: "Time of one forward pass", Subtitle: caption(s), Slopes: []int{1, 2},
		X: plot.Axis{Label: "N, tokens", Base: 2, Tick: lengthTick},
		Y: plot.Axis{Label: "time", Base: 10, Tick: timeTick},
	}
	for _, x := range curves {
		line := plot.Series{Name: x.name}
		for _, p := range x.times() {
			line.X = append(line.X, float64(p.N))
			line.Y = append(line.Y, p.Median)
			line.Lo = append(line.Lo, p.Lo)
			line.Hi = append(line.Hi, p.Hi)
		}
		if len(line.X) > 0 {
			c.Series = append(c.Series, line)
		}
	}
	return c
}

func memoryChart(s result.Sweep, curves []series) plot.Chart {
	c := plot.Chart{
		Title: "Workspace of one forward pass", Subtitle: caption(s), Slopes: []int{1, 2},
		X: plot.Axis{Label: "N, tokens", Base: 2, Tick: lengthTick},
		Y: plot.Axis{Label: "memory", Base: 2, Tick: byteTick},
	}
	var tensors plot.Series
	for _, x := range curves {
		line := plot.Series{Name: x.name}
		for _, p := range x.planned() {
			line.X = append(line.X, float64(tokens(p)))
			line.Y = append(line.Y, float64(p.WorkspaceBytes))
		}
		if len(line.X) > 0 {
			c.Series = append(c.Series, line)
		}
		if len(line.X) > len(tensors.X) {
			tensors = plot.Series{Name: "inputs, output", X: line.X, Faint: true}
			for _, p := range x.planned() {
				tensors.Y = append(tensors.Y, float64(p.InputBytes+p.OutputBytes))
			}
		}
	}
	if len(c.Series) > 0 {
		c.Series = append(c.Series, tensors)
	}
	return c
}

// caption is the machine, the shape and the date, as the picture shows them.
func caption(s result.Sweep) string {
	var parts []string
	m := s.Run.Machine
	if m.CPU != "" {
		parts = append(parts, m.CPU)
	}
	parts = append(parts, m.OS+"/"+m.Arch)
	if len(s.Points) > 0 {
		p := s.Points[0]
		heads := fmt.Sprintf("%d heads", p.Problem.QHeads)
		if p.Problem.KVHeads != p.Problem.QHeads {
			heads = fmt.Sprintf("%d:%d heads", p.Problem.QHeads, p.Problem.KVHeads)
		}
		dim := fmt.Sprintf("d = %d", p.Problem.HeadDim)
		if p.Problem.ValueDim != p.Problem.HeadDim {
			dim += fmt.Sprintf(", dv = %d", p.Problem.ValueDim)
		}
		parts = append(parts, fmt.Sprintf("batch %d, %s, %s", p.Problem.Batch, heads, dim))
		if w, same := sameWorkers(s); same {
			parts = append(parts, verb(w, "worker", "workers"))
		}
	}
	if !s.Run.Time.IsZero() {
		parts = append(parts, s.Run.Time.UTC().Format(time.DateOnly))
	}
	return strings.Join(parts, "  ·  ")
}

func sameWorkers(s result.Sweep) (workers int, same bool) {
	for _, p := range s.Points {
		if workers != 0 && p.Workers != workers {
			return 0, false
		}
		workers = p.Workers
	}
	return workers, workers > 0
}
