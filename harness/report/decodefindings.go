package report

import (
	"fmt"
	"slices"
	"strings"

	"attnbench/harness/fit"
	"attnbench/harness/result"
)

// decodeFindings say which series is fastest at the longest shared context, which
// overtakes which, whose time and state grow, and what share of the bandwidth a step
// reaches; then they rank the prefills.
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

// called are the series with a suffix to their names.
func called(curves []series, suffix string) []series {
	list := slices.Clone(curves)
	for i := range list {
		list[i].name += suffix
	}
	return list
}

// telling are the contexts at which a ranking says most: the longest context among those
// that the largest number of series reached, and the longest that two series reached.
func telling(curves []series) []int {
	longest, ok := longestShared(curves)
	if !ok {
		return nil
	}
	count, at := 0, 0
	for _, n := range lengths(curves) {
		if reached := len(timedAt(curves, n)); reached >= count {
			count, at = reached, n
		}
	}
	return slices.Compact([]int{at, longest})
}

// The time per token of a series is flat where its slowest context takes at most flatTime
// times its fastest; it wavers where its exponent is below flatExponent.
const (
	flatTime     = 1.10
	flatExponent = 0.1
)

func latencyFindings(curves []series) []string {
	var list, flat []string
	for _, c := range curves {
		if len(c.timed) < 2 {
			continue
		}
		first, last := c.timed[0], c.timed[len(c.timed)-1]
		fastest, slowest := first.MedianNS, first.MedianNS
		for _, p := range c.timed {
			fastest, slowest = min(fastest, p.MedianNS), max(slowest, p.MedianNS)
		}
		most := float64(slowest) / float64(fastest)
		if most <= flatTime {
			flat = append(flat, fmt.Sprintf("%s (%s from %s to %s)", c.name, Duration(last.MedianNS), Length(tokens(first)), Length(tokens(last))))
			continue
		}
		text := fmt.Sprintf("%s takes %s a token after %s tokens and %s after %s", c.name, Duration(first.MedianNS), Length(tokens(first)), Duration(last.MedianNS), Length(tokens(last)))
		if g := fit.Grow(c.times()); g.Regime == fit.PowerLaw && g.Exponent < flatExponent {
			text += fmt.Sprintf(", at most %.2f times its fastest", most)
		} else if g.Regime == fit.PowerLaw {
			text += fmt.Sprintf(", as N^%.2f", g.Exponent)
		}
		list = append(list, text+".")
	}
	list = several(list)
	if len(flat) > 0 {
		list = append(list, fmt.Sprintf("Time per token is flat within %.0f %%: %s.", 100*(flatTime-1), listed(flat)))
	}
	return list
}

// bandwidthFindings give each series' share of the read bandwidth at the longest context
// with a measured bandwidth.
func bandwidthFindings(curves []series) []string {
	var list []string
	for _, c := range curves {
		timed := slices.Clone(c.timed)
		slices.Reverse(timed)
		if i := slices.IndexFunc(timed, func(p result.Point) bool { return p.BandwidthFraction > 0 }); i >= 0 {
			p := timed[i]
			list = append(list, fmt.Sprintf("%s %s of %s GB/s at %s", c.name, percent(p.BandwidthFraction), significant(p.BandwidthGBS), Length(tokens(p))))
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
