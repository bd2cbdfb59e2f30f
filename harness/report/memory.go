package report

import (
	"fmt"
	"strings"

	"attnbench/harness/fit"
	"attnbench/harness/result"
)

// memoryFindings compare working memory at the longest length that all planned
// curves share, and say whose grows and whose does not.
func memoryFindings(curves []series) []string {
	list := extremes(curves)
	var grow []string
	var sizes []int64
	flat := map[int64][]string{}
	for _, c := range curves {
		points := c.planned()
		if len(points) < 2 {
			continue
		}
		first, last := working(points[0]), points[len(points)-1]
		if size := working(last); size == first {
			if flat[size] == nil {
				sizes = append(sizes, size)
			}
			flat[size] = append(flat[size], c.name)
			continue
		}
		var w []fit.Point
		for _, p := range points {
			w = append(w, fit.Point{N: tokens(p), Median: float64(working(p))})
		}
		text := fmt.Sprintf("%s to %s at %s", c.name, Bytes(working(last)), Length(tokens(last)))
		if g, ok := fit.Grow(w); ok {
			text += fmt.Sprintf(" as N^%.2f", g.Exponent)
		}
		grow = append(grow, text)
	}
	if len(grow) > 0 {
		list = append(list, "Working memory grows with N: "+join(grow)+".")
	}
	var same []string
	for _, size := range sizes {
		same = append(same, Bytes(size)+" for "+names(flat[size]))
	}
	if len(same) > 0 {
		list = append(list, "Working memory is the same at the shortest and the longest N: "+strings.Join(same, "; ")+".")
	}
	return list
}

// extremes compares who needs the most with who needs the least.
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
	least, most := at[longest][0], at[longest][0]
	for _, p := range at[longest] {
		if working(p) < working(least) {
			least = p
		}
		if working(p) > working(most) {
			most = p
		}
	}
	if working(least) == working(most) {
		return nil
	}
	text := fmt.Sprintf("At %s tokens %s needs %s of working memory beside inputs and output", Length(longest), most.Series, Bytes(working(most)))
	if working(least) == 0 {
		return []string{text + fmt.Sprintf(", %s none.", least.Series)}
	}
	return []string{text + fmt.Sprintf(", %s times the %s of %s.", ratio(float64(working(most))/float64(working(least))), Bytes(working(least)), least.Series)}
}
