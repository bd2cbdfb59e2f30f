package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"attnbench/harness/plot"
	"attnbench/harness/result"
)

// The roofline model: S. Williams, A. Waterman and D. Patterson, Roofline: An Insightful
// Visual Performance Model for Multicore Architectures, 2009.

// maxRoofs bounds the roofs of one chart; of more, the highest is drawn.
const maxRoofs = 4

// moves is the number of bytes that a point must move: inputs and output, or what a step
// reads of its state.
func moves(p result.Point) int64 {
	if isStep(p) {
		return p.ReadBytes
	}
	return p.InputBytes + p.OutputBytes
}

// work is the useful work of a point in FLOPs. Records of steps lack it: each query head of a
// group multiplies and adds every number that the step reads, and in a state that keys fold
// into, so does the key.
func work(p result.Point) float64 {
	if p.FLOPs > 0 || !isStep(p) {
		return float64(p.FLOPs)
	}
	const numberBytes = 4
	uses := float64(p.Problem.QHeads) / float64(p.Problem.KVHeads)
	if p.Problem.Rule != "softmax" {
		uses++
	}
	return 2 * uses * float64(p.ReadBytes) / numberBytes
}

func engineName(e result.Engine) string {
	return e.ISA + ", " + plural(e.Workers, "worker", "workers")
}

// roof is the best measured beside any point of an engine, in GFLOP/s and GB/s.
type roof struct {
	result.Engine
	peak, bandwidth float64
}

// roofs are those of all engines with a peak, the highest first.
func roofs(points []result.Point) (list []roof) {
	var of groups[result.Engine, result.Point]
	for _, p := range points {
		if p.PeakGFLOPS > 0 {
			of.add(p.Engine(), p)
		}
	}
	for _, e := range of.keys {
		r := roof{Engine: e}
		for _, p := range of.of[e] {
			r.peak, r.bandwidth = max(r.peak, p.PeakGFLOPS), max(r.bandwidth, p.BandwidthGBS)
		}
		list = append(list, r)
	}
	slices.SortStableFunc(list, func(a, b roof) int { return cmp.Compare(b.peak, a.peak) })
	return list
}

// rooflineChart is the rate of each point against its arithmetic intensity, under the roofs
// that were measured beside the points.
func (x *reading) rooflineChart(s result.Sweep) plot.Chart {
	c := plot.Chart{
		Title: "Roofline", Subtitle: caption(s),
		X: plot.Axis{Label: "arithmetic intensity, FLOPs per byte that must move", Base: 2, Tick: fractionTick},
		Y: plot.Axis{Label: "useful GFLOP/s", Base: 10, Tick: func(y float64) string { return fmt.Sprintf("%.3g", y) }},
	}
	lo, hi := math.Inf(1), 0.0
	for _, k := range group(s) {
		line := plot.Series{Name: k.name, Loose: true}
		for _, p := range k.timed {
			if flops, bytes := work(p), float64(moves(p)); p.PeakGFLOPS > 0 && flops > 0 && bytes > 0 {
				line.X, line.Y = append(line.X, flops/bytes), append(line.Y, flops/float64(p.MedianNS))
				lo, hi = min(lo, flops/bytes), max(hi, flops/bytes)
			}
		}
		c.Series = append(c.Series, line)
	}
	above := roofs(s.Points)
	if len(above) > maxRoofs {
		above = above[:1]
	}
	for _, r := range above {
		if hi > 0 {
			c.Series = append(c.Series, r.line(lo, hi, len(above) > 1))
			if len(above) == 1 {
				c.Subtitle += "  ·  roof " + r.rates()
			}
		}
	}
	return c
}

// rates are those of a roof in words.
func (r roof) rates() string {
	text := rate(r.peak) + " GFLOP/s"
	if r.bandwidth > 0 {
		text += ", " + rate(r.bandwidth) + " GB/s"
	}
	return text
}

// line is a roof from one arithmetic intensity to another and a little farther.
func (r roof) line(lo, hi float64, named bool) plot.Series {
	line := plot.Series{Name: "roof", Faint: true, Bound: true}
	lo, hi = lo/2, hi*2
	at := []float64{lo, hi}
	if r.bandwidth > 0 {
		ridge := r.peak / r.bandwidth
		lo, hi = min(lo, ridge/2), max(hi, ridge*2)
		at = []float64{lo, ridge, hi}
	}
	if named {
		line.Name = engineName(r.Engine)
	}
	for _, x := range at {
		y := r.peak
		if r.bandwidth > 0 {
			y = min(y, x*r.bandwidth)
		}
		line.X, line.Y = append(line.X, x), append(line.Y, y)
	}
	return line
}

// rooflinePicture is the chart with its note; none where no peak was measured.
func (x *reading) rooflinePicture() []picture {
	c := x.rooflineChart(x.Sweep)
	if !drawn(c) {
		return nil
	}
	note := "Useful work over time against useful work over the bytes that must move: inputs and output, or what a step reads of its state. Dashed is the roof: the best multiply-add rate that was measured beside the points and, for what the caches do not hold, the best read bandwidth times the intensity. How far a point lies below is what its kernel leaves unused."
	if n := len(roofs(x.Points)); n > maxRoofs {
		note += fmt.Sprintf(" Of %d roofs, by kernel set and workers, the highest is drawn.", n)
	}
	return []picture{{
		Name: "roofline", chart: c, Note: note + remarks(c),
		Alt: "Useful GFLOP/s against arithmetic intensity, both logarithmic, under the measured roof: " + names(namesOf(group(x.Sweep))),
	}}
}
