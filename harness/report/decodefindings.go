package report

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"attnbench/harness/result"
)

// decodeFindings rank the steps at the contexts that say most, and say which overtakes which,
// whose time and state grow, and what share of the bandwidth a step reaches; then they rank
// the prefills.
func (x *reading) decodeFindings() []string {
	steps, prefills := group(only(x.Sweep, isStep)), group(only(x.Sweep, isChunked))
	list := x.incomparable(steps, " in decoding")
	for _, n := range x.telling(steps) {
		list = append(list, fmt.Sprintf("One token after a context of %s tokens: %s.", Length(n), x.ranking(timedAt(steps, n))))
	}
	list = append(list, x.crossoverFindings(called(steps, " in decoding"))...)
	list = append(list, x.threadFindings(only(x.Sweep, isStep))...)
	list = append(list, x.latencyFindings(steps)...)
	list = append(list, x.growthFindings(called(steps, " in decoding"))...)
	list = append(list, x.bandwidthFindings(steps)...)
	list = append(list, stateFindings(steps)...)
	if n, ok := x.longestComparable(prefills); ok {
		list = append(list, fmt.Sprintf("Prefill of %s tokens in chunks: %s.", Length(n), x.ranking(timedAt(prefills, n))))
	}
	list = append(list, x.crossoverFindings(called(prefills, " in prefill"))...)
	list = append(list, x.growthFindings(called(prefills, " in prefill"))...)
	list = append(list, absentFindings(called(steps, " in decoding"))...)
	return append(list, absentFindings(called(prefills, " in prefill"))...)
}

// called are the series with a suffix to their names.
func called(curves []series, suffix string) []series {
	list := slices.Clone(curves)
	for i := range list {
		list[i].name += suffix
	}
	return list
}

// telling are the contexts at which a ranking says most: the longest context among those
// at which the largest number of series can be compared, and the longest at which two can.
func (x *reading) telling(curves []series) []int {
	longest, ok := x.longestComparable(curves)
	if !ok {
		return nil
	}
	count, at := 0, 0
	for _, n := range lengths(curves) {
		if reached := len(x.comparable(timedAt(curves, n))); reached >= count {
			count, at = reached, n
		}
	}
	return slices.Compact([]int{at, longest})
}

// steadyTime is how many times the lower end of the lowest interval the upper end of the
// highest may be in a series whose time per token is said to stay between both.
const steadyTime = 1.5

// latencyFindings say between which times the steady series stay, and from where to where the
// others go.
func (x *reading) latencyFindings(curves []series) []string {
	var list, steady []string
	for _, c := range curves {
		if len(c.timed) < 2 {
			continue
		}
		first, last := c.timed[0], c.timed[len(c.timed)-1]
		lo, hi := math.Inf(1), 0.0
		for _, p := range c.timed {
			i := x.interval(p)
			lo, hi = min(lo, i.Lo), max(hi, i.Hi)
		}
		if hi <= steadyTime*lo {
			steady = append(steady, fmt.Sprintf("%s between %s from %s to %s", c.name, strings.Replace(durations(lo, hi), " to ", " and ", 1), Length(tokens(first)), Length(tokens(last))))
			continue
		}
		list = append(list, fmt.Sprintf("%s takes %s a token after %s tokens and %s after %s.", c.name, x.timeOf(first), Length(tokens(first)), x.timeOf(last), Length(tokens(last))))
	}
	list = several(list)
	if len(steady) > 0 {
		list = append(list, "Time per token stays, with its intervals: "+listed(steady)+".")
	}
	return list
}

// bandwidthFindings give each series' share of the read bandwidth at the longest context
// with a measured bandwidth.
func (x *reading) bandwidthFindings(curves []series) []string {
	var list []string
	for _, c := range curves {
		timed := slices.Clone(c.timed)
		slices.Reverse(timed)
		if i := slices.IndexFunc(timed, func(p result.Point) bool { return p.BandwidthFraction > 0 }); i >= 0 {
			p := timed[i]
			m := x.interval(p)
			share := func(ns float64) string { return significant(100 * p.BandwidthFraction * float64(p.MedianNS) / ns) }
			list = append(list, fmt.Sprintf("%s %s (%s to %s) of %s GB/s at %s", c.name, percent(p.BandwidthFraction), share(m.Hi), share(m.Lo), significant(p.BandwidthGBS), Length(tokens(p))))
		}
	}
	if len(list) == 0 {
		return nil
	}
	return []string{fmt.Sprintf("Of the bandwidth measured on as many bytes a step reaches: %s.", listed(list))}
}

func stateFindings(curves []series) []string {
	var grow, same, once groups[string, string] // names by size
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
		kind.add(size, c.name)
	}
	var list []string
	for _, x := range []struct {
		sizes groups[string, string]
		form  string
	}{{grow, "State that grows with the context: %s."}, {same, "State of one size at every context: %s."}, {once, "State: %s."}} {
		var sizes []string
		for _, size := range x.sizes.keys {
			sizes = append(sizes, size+" for "+names(x.sizes.of[size]))
		}
		if more := len(sizes) - maxListed; more > 0 {
			sizes = append(sizes[:maxListed], fmt.Sprintf("%d sizes more", more))
		}
		if len(sizes) > 0 {
			list = append(list, fmt.Sprintf(x.form, strings.Join(sizes, "; ")))
		}
	}
	return list
}
