package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"attnbench/harness/fit"
	"attnbench/harness/result"
)

// memoryFindings compare the working memory of curves and say which grow with N.
func memoryFindings(curves []series) []string {
	list := extremes(curves)
	var grow []string
	var flat groups[int64, string] // names by size
	for _, c := range curves {
		points := c.planned()
		if len(points) < 2 {
			continue
		}
		first, last := working(points[0]), points[len(points)-1]
		if size := working(last); size == first {
			flat.add(size, c.name)
			continue
		}
		var w []fit.Point
		for _, p := range points {
			w = append(w, fit.Point{N: tokens(p), Values: []float64{float64(working(p))}})
		}
		text := fmt.Sprintf("%s to %s at %s", c.name, Bytes(working(last)), Length(tokens(last)))
		if g := fit.Grow(w); g.Regime == fit.PowerLaw {
			text += fmt.Sprintf(" as N^%.2f", g.Exponent)
		}
		grow = append(grow, text)
	}
	if len(grow) > 0 {
		list = append(list, "Working memory grows with N: "+listed(grow)+".")
	}
	var same []string
	for _, size := range flat.keys {
		same = append(same, Bytes(size)+" for "+names(flat.of[size]))
	}
	if more := len(same) - maxListed; more > 0 {
		same = append(same[:maxListed], fmt.Sprintf("%d sizes more", more))
	}
	if len(same) > 0 {
		list = append(list, "Working memory is the same at the shortest and the longest N: "+strings.Join(same, "; ")+".")
	}
	return list
}

// extremes compares the largest working memory with the smallest, at the longest length
// that two curves planned.
func extremes(curves []series) []string {
	at := map[int][]result.Point{}
	longest := 0
	for _, c := range curves {
		for _, p := range c.planned() {
			n := tokens(p)
			at[n] = append(at[n], p)
			if len(at[n]) >= 2 {
				longest = max(longest, n)
			}
		}
	}
	if longest == 0 {
		return nil
	}
	byMemory := func(a, b result.Point) int { return cmp.Compare(working(a), working(b)) }
	smallest, largest := slices.MinFunc(at[longest], byMemory), slices.MaxFunc(at[longest], byMemory)
	if working(smallest) == working(largest) {
		return nil
	}
	text := fmt.Sprintf("At %s tokens %s needs %s of working memory beside inputs and output", Length(longest), largest.Series, Bytes(working(largest)))
	if working(smallest) == 0 {
		return []string{text + fmt.Sprintf(", %s none.", smallest.Series)}
	}
	return []string{text + fmt.Sprintf(", %s times the %s of %s.", ratio(float64(working(largest))/float64(working(smallest))), Bytes(working(smallest)), smallest.Series)}
}

// peakFindings hold the measured peaks against the predicted memory.
func peakFindings(points []result.Point) []string {
	ratioOf := func(p result.Point) float64 { return float64(p.PeakBytes) / float64(p.PredictedBytes) }
	points = where(points, func(p result.Point) bool { return p.PeakBytes > 0 && p.PredictedBytes > 0 })
	if len(points) == 0 {
		return nil
	}
	byRatio := func(a, b result.Point) int { return cmp.Compare(ratioOf(a), ratioOf(b)) }
	least, most := slices.MinFunc(points, byRatio), slices.MaxFunc(points, byRatio)
	return []string{fmt.Sprintf("The measured peak of memory is %.2f (%s at %s) to %.2f times (%s at %s) the predicted memory.",
		ratioOf(least), least.Series, Length(tokens(least)), ratioOf(most), most.Series, Length(tokens(most)))}
}
