package report

import (
	"fmt"

	"attnbench/harness/result"
)

// isStep and isChunked are true of points of a State, isForward of whole Forwards.
func isStep(p result.Point) bool { return p.Phase == result.PhaseDecode }

func isChunked(p result.Point) bool { return p.Phase == result.PhasePrefill && p.Chunk > 0 }

func isForward(p result.Point) bool { return !isStep(p) && !isChunked(p) }

// only is the sweep with some of its points.
func only(s result.Sweep, keep func(result.Point) bool) result.Sweep {
	s.Points = where(s.Points, keep)
	return s
}

// decodeRow is a point of a State in the table: a step, or a prefill.
type decodeRow struct {
	Series, N, Status        string
	Latency, P99, Rate       string
	State, Read, OfBandwidth string
	Workspace, Peak          string
	Chunk, Worst             string
	measured
}

// decodeView is what the section shows; without rows there is none.
type decodeView struct {
	Shape    string
	Steps    []decodeRow
	Prefills []decodeRow
	Roofline bool // some step has a fraction of the read bandwidth
	Shorter  bool // some step was checked at a shorter context
}

func (x *reading) decodeView() decodeView {
	s := x.Sweep
	v := decodeView{Shape: shapeOf(where(s.Points, func(p result.Point) bool { return !isForward(p) }))}
	for _, c := range group(only(s, isStep)) {
		for _, p := range c.points {
			r := x.decodeRow(p)
			v.Steps, v.Roofline = append(v.Steps, r), v.Roofline || r.OfBandwidth != ""
			v.Shorter = v.Shorter || p.Agreement != nil && p.Agreement.Context > 0
		}
	}
	for _, c := range group(only(s, isChunked)) {
		for _, p := range c.points {
			v.Prefills = append(v.Prefills, x.decodeRow(p))
		}
	}
	return v
}

func (x *reading) decodeRow(p result.Point) decodeRow {
	r := decodeRow{Series: p.Series, N: Length(tokens(p)), Status: string(p.Status)}
	if p.Chunk > 0 {
		r.Chunk = fmt.Sprint(p.Chunk)
	}
	if p.StateBytes > 0 {
		r.State = Bytes(p.StateBytes)
	}
	if p.WorkspaceBytes > 0 || isTimed(p) { // of skipped points it may be unknown
		r.Workspace = Bytes(p.WorkspaceBytes)
	}
	if p.ReadBytes > 0 {
		r.Read = Bytes(p.ReadBytes)
	}
	r.Peak = peakOf(p)
	if p.Agreement != nil {
		if r.Worst = ratio(p.Agreement.Worst); p.Agreement.Context > 0 {
			r.Worst += " to " + Length(p.Agreement.Context)
		}
	}
	if !isTimed(p) {
		return r
	}
	r.Latency, r.Rate, r.measured = Duration(p.MedianNS), perSecond(p.TokensPerSecond), x.timesOf(p)
	if p.P99NS > 0 {
		r.P99 = Duration(p.P99NS)
	}
	if p.BandwidthFraction > 0 {
		r.OfBandwidth = percent(p.BandwidthFraction)
	}
	return r
}

// perSecond writes a rate, from 1000 on as a count.
func perSecond(x float64) string {
	if x >= 999.5 {
		return Count(roundTo(x, 3))
	}
	return significant(x)
}

// stateful are the points whose State's size is known, whether they ran or not.
func (s series) stateful() []result.Point {
	return where(s.points, func(p result.Point) bool { return p.StateBytes > 0 })
}
