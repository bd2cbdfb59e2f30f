package report

import (
	"fmt"
	"slices"
	"strings"

	"attnbench/harness/fit"
	"attnbench/harness/result"
)

// isStep and isChunked tell the points of States from those of whole Forwards.
func isStep(p result.Point) bool    { return p.Phase == result.PhaseDecode }
func isChunked(p result.Point) bool { return p.Phase == result.PhasePrefill && p.Chunk > 0 }
func isForward(p result.Point) bool { return !isStep(p) && !isChunked(p) }

// only is the sweep with some of its points.
func only(s result.Sweep, keep func(result.Point) bool) result.Sweep {
	s.Points = slices.DeleteFunc(slices.Clone(s.Points), func(p result.Point) bool { return !keep(p) })
	return s
}

// decodeRow is a point of a State in the table: a step, or a prefill.
type decodeRow struct {
	Series, N, Status        string
	Latency, P99, Rate       string
	State, Read, OfBandwidth string
	Workspace, Samples       string
	Chunk, Worst             string
}

// decodeView is what the section shows; without rows there is none.
type decodeView struct {
	Shape    string
	Steps    []decodeRow
	Prefills []decodeRow
	Held     bool // some step has a share of the read bandwidth
	Shorter  bool // some step was checked at a shorter context
}

func newDecodeView(s result.Sweep) decodeView {
	var v decodeView
	for _, c := range group(only(s, isStep)) {
		for _, p := range c.points {
			r := newDecodeRow(p)
			v.Shape, v.Steps, v.Held = shape(p.Problem), append(v.Steps, r), v.Held || r.OfBandwidth != ""
			v.Shorter = v.Shorter || p.Agreement != nil && p.Agreement.Context > 0
		}
	}
	for _, c := range group(only(s, isChunked)) {
		for _, p := range c.points {
			v.Shape, v.Prefills = shape(p.Problem), append(v.Prefills, newDecodeRow(p))
		}
	}
	return v
}

func newDecodeRow(p result.Point) decodeRow {
	r := decodeRow{Series: p.Series, N: Length(tokens(p)), Status: string(p.Status)}
	if p.Chunk > 0 {
		r.Chunk = fmt.Sprint(p.Chunk)
	}
	if p.StateBytes > 0 {
		r.State, r.Workspace = Bytes(p.StateBytes), Bytes(p.WorkspaceBytes)
	}
	if p.ReadBytes > 0 {
		r.Read = Bytes(p.ReadBytes)
	}
	if p.Agreement != nil {
		if r.Worst = ratio(p.Agreement.Worst); p.Agreement.Context > 0 {
			r.Worst += " to " + Length(p.Agreement.Context)
		}
	}
	if p.Status != result.StatusOK || p.MedianNS <= 0 {
		return r
	}
	r.Latency, r.Rate, r.Samples = Duration(p.MedianNS), perSecond(p.TokensPerSecond), fmt.Sprint(len(p.SamplesNS))
	if p.P99NS > 0 {
		r.P99 = Duration(p.P99NS)
	}
	if p.BandwidthFraction > 0 {
		r.OfBandwidth = percent(p.BandwidthFraction)
	}
	return r
}

// perSecond writes a rate: of at least 1000 as a count.
func perSecond(x float64) string {
	if x >= 999.5 {
		return Count(roundTo(x, 3))
	}
	return significant(x)
}

// decodeFindings say who is fast at the longest context that two series share, who
// overtakes whom, whose time and state grow, what share of the bandwidth is reached,
// and the same of the prefills.
func decodeFindings(s result.Sweep) []string {
	steps, prefills := group(only(s, isStep)), group(only(s, isChunked))
	var list []string
	for _, n := range telling(steps) {
		list = append(list, fmt.Sprintf("One token after a context of %s tokens: %s.", Length(n), ranking(timedAt(steps, n))))
	}
	for _, sentence := range crossoverFindings(steps) {
		list = append(list, "In decoding "+sentence)
	}
	list = append(list, latencyFindings(steps)...)
	list = append(list, bandwidthFindings(steps)...)
	list = append(list, stateFindings(steps)...)
	if n, ok := longestShared(prefills); ok {
		list = append(list, fmt.Sprintf("Prefill of %s tokens in chunks: %s.", Length(n), ranking(timedAt(prefills, n))))
	}
	list = append(list, absentFindings(called(steps, " in decoding"))...)
	return append(list, absentFindings(called(prefills, " in prefill"))...)
}

// called are the series under longer names.
func called(curves []series, suffix string) []series {
	list := slices.Clone(curves)
	for i := range list {
		list[i].name += suffix
	}
	return list
}

// telling are the contexts at which a ranking says most: the longest that as many
// series reached as any, and the longest that two did.
func telling(curves []series) []int {
	longest, ok := longestShared(curves)
	if !ok {
		return nil
	}
	most, at := 0, 0
	for _, n := range lengths(curves) {
		if reached := len(timedAt(curves, n)); reached >= most {
			most, at = reached, n
		}
	}
	return slices.Compact([]int{at, longest})
}

// flatTime is the largest ratio of the slowest to the fastest context of a series whose
// time per token counts as flat; below flatExponent it wavers.
const (
	flatTime     = 1.10
	flatExponent = 0.1
)

func latencyFindings(curves []series) []string {
	var list, flat []string
	for _, c := range curves {
		times := c.times()
		if len(times) < 2 {
			continue
		}
		first, last := times[0], times[len(times)-1]
		least, most := first.Median, first.Median
		for _, t := range times {
			least, most = min(least, t.Median), max(most, t.Median)
		}
		if most <= flatTime*least {
			flat = append(flat, fmt.Sprintf("%s (%s from %s to %s)", c.name, Duration(int64(last.Median)), Length(first.N), Length(last.N)))
			continue
		}
		text := fmt.Sprintf("%s takes %s a token after %s tokens and %s after %s", c.name, Duration(int64(first.Median)), Length(first.N), Duration(int64(last.Median)), Length(last.N))
		if g, ok := fit.Grow(times); ok && g.Exponent < flatExponent {
			text += fmt.Sprintf(", at most %.2f times its least", most/least)
		} else if ok {
			text += fmt.Sprintf(", as N^%.2f", g.Exponent)
		}
		list = append(list, text+".")
	}
	if len(flat) > 0 {
		list = append(list, fmt.Sprintf("Time per token is flat within %.0f %%: %s.", 100*(flatTime-1), join(flat)))
	}
	return list
}

// bandwidthFindings give the share of the read bandwidth of each series at its longest
// context that has one.
func bandwidthFindings(curves []series) []string {
	var list []string
	for _, c := range curves {
		timed := c.timed()
		slices.Reverse(timed)
		if i := slices.IndexFunc(timed, func(p result.Point) bool { return p.BandwidthFraction > 0 }); i >= 0 {
			p := timed[i]
			list = append(list, fmt.Sprintf("%s %s of %s GB/s at %s", c.name, percent(p.BandwidthFraction), significant(p.BandwidthGBS), Length(tokens(p))))
		}
	}
	if len(list) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("Of the bandwidth at which this machine reads as many bytes a step reaches: %s.", join(list))}
}

func stateFindings(curves []series) []string {
	var grow, same, once []string // sizes in words, in the order in which they first appear
	who := map[string][]string{}
	for _, c := range curves {
		points := c.stateful()
		if len(points) == 0 {
			continue
		}
		last := points[len(points)-1]
		size := Bytes(last.StateBytes)
		kind := &same
		if len(points) == 1 {
			kind = &once
		} else if points[0].StateBytes != last.StateBytes {
			kind = &grow
		}
		if kind != &same {
			size += " at " + Length(tokens(last))
		}
		if who[size] == nil {
			*kind = append(*kind, size)
		}
		who[size] = append(who[size], c.name)
	}
	var list []string
	for _, x := range []struct {
		sizes []string
		form  string
	}{{grow, "State that grows with the context: %s."}, {same, "State of one size at every context: %s."}, {once, "State: %s."}} {
		for i, size := range x.sizes {
			x.sizes[i] = size + " for " + names(who[size])
		}
		if len(x.sizes) > 0 {
			list = append(list, fmt.Sprintf(x.form, strings.Join(x.sizes, "; ")))
		}
	}
	return list
}

// stateful are the points whose State's size is known, whether they ran or not.
func (s series) stateful() []result.Point {
	return slices.DeleteFunc(slices.Clone(s.points), func(p result.Point) bool { return p.StateBytes <= 0 })
}
