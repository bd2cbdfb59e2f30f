package report

import (
	"cmp"
	"slices"
	"strings"

	"attnbench/harness/result"
)

// series is the points of one curve, shortest first.
type series struct {
	name   string
	points []result.Point // of every status
	timed  []result.Point // those that carry a time
}

// group collects the curves in the order in which they first appear.
func group(s result.Sweep) []series {
	var curves groups[string, result.Point]
	for _, p := range s.Points {
		curves.add(p.Series, p)
	}
	var list []series
	for _, name := range curves.keys {
		points := curves.of[name]
		slices.SortStableFunc(points, func(a, b result.Point) int { return tokens(a) - tokens(b) })
		list = append(list, series{name, points, where(points, isTimed)})
	}
	return list
}

func namesOf(curves []series) []string {
	var list []string
	for _, c := range curves {
		list = append(list, c.name)
	}
	return list
}

// tokens is the N of a point: the keys that a query may look at.
func tokens(p result.Point) int { return p.Problem.KVLen }

func lengthsOf(points []result.Point) []int {
	list := make([]int, len(points))
	for i, p := range points {
		list[i] = tokens(p)
	}
	return list
}

func isTimed(p result.Point) bool { return p.Status == result.StatusOK && p.MedianNS > 0 }

// where returns the points for which keep is true.
func where(points []result.Point, keep func(result.Point) bool) []result.Point {
	return slices.DeleteFunc(slices.Clone(points), func(p result.Point) bool { return !keep(p) })
}

// span is the range of some times, or their median where there are none.
func span(of []int64, median int64) (lo, hi int64) {
	if len(of) == 0 {
		return median, median
	}
	return slices.Min(of), slices.Max(of)
}

// at returns the timed point of N tokens.
func (s series) at(n int) (result.Point, bool) {
	i, ok := slices.BinarySearchFunc(s.timed, n, func(p result.Point, n int) int { return tokens(p) - n })
	if !ok {
		return result.Point{}, false
	}
	return s.timed[i], true
}

// planned are the points whose memory is known from a Plan, whether they ran or not.
func (s series) planned() []result.Point {
	return where(s.points, func(p result.Point) bool { return p.PredictedBytes > 0 })
}

// working is the memory in bytes that a point needs beside its inputs and output:
// workspace, and state where there is one.
func working(p result.Point) int64 {
	return max(p.WorkspaceBytes, p.PredictedBytes-p.InputBytes-p.OutputBytes)
}

// computes names the Problem of a curve, or its Problems where mask or modifiers change
// with N, and the rule of its selection.
func (s series) computes() string {
	var list []string
	for _, p := range s.points {
		words := append([]string{p.Problem.Mask, p.Problem.Rule}, p.Problem.Modifiers...)
		if p.Selection != nil {
			words = append(words, p.Selection.By)
		}
		if name := strings.Join(words, " "); !slices.Contains(list, name) {
			list = append(list, name)
		}
	}
	return strings.Join(list, ", ")
}

// byProblem collects the curves that compute the same Problem, in the order in
// which the Problems first appear.
func byProblem(curves []series) (list groups[string, series]) {
	for _, c := range curves {
		list.add(c.computes(), c)
	}
	return list
}

// lengths are all lengths at which a curve has a time, shortest first.
func lengths(curves []series) []int {
	var list []int
	for _, c := range curves {
		list = append(list, lengthsOf(c.timed)...)
	}
	slices.Sort(list)
	return slices.Compact(list)
}

// timedAt are the points with a time of n tokens, the fastest first.
func timedAt(curves []series, n int) []result.Point {
	var list []result.Point
	for _, c := range curves {
		if p, ok := c.at(n); ok {
			list = append(list, p)
		}
	}
	slices.SortStableFunc(list, func(a, b result.Point) int { return cmp.Compare(a.MedianNS, b.MedianNS) })
	return list
}

// longestShared is the longest length that at least two curves reached.
func longestShared(curves []series) (n int, ok bool) {
	for _, length := range lengths(curves) {
		if len(timedAt(curves, length)) >= 2 {
			n, ok = length, true
		}
	}
	return n, ok
}
