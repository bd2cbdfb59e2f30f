// Package verdict says what the numbers of a record carry: which visits were disturbed, how
// far two sets of visits to one point differ, and which of two points is the faster. Its
// functions are pure: records in, statements out. The unit of all statistics is the visit,
// whose number is the median of its samples: samples of one visit share its process, its
// memory and its moment, and are no independent measurements.
//
// No statement assumes a distribution: medians have order statistics as intervals, and two
// points are compared by the Mann-Whitney test (H. B. Mann and D. R. Whitney, On a Test of
// Whether one of Two Random Variables is Stochastically Larger than the Other, 1947).
package verdict

import "attnbench/harness/result"

const (
	// Level is the share of false statements that a report or a comparison may expect among
	// all that it makes, by Benjamini and Hochberg. Where nothing differs at all, it is the
	// probability that a whole run says anything.
	Level = 0.01

	// MinVisits are needed for an interval: of 5 visits even the range covers the median
	// with less than 95 %.
	MinVisits = 6

	// MinSeparate are needed to say anything: all of 4 visits lie below all of 4 others by
	// chance once in 70 times.
	MinSeparate = 4

	// QuietPeak is the share of the run's best peak that a quiet visit has.
	QuietPeak = 0.9

	// QuietShare is the share that a quiet visit has of the CPU time that its workers had in
	// another visit to its point. Where workers are deprived of CPUs, or share one, only while
	// samples are taken, the peak beside them does not show it.
	QuietShare = 0.8

	// MinQuiet quiet visits make a median; where fewer remain, disturbed ones count too.
	MinQuiet = 3
)

// timed are the visits with a time, in the order made.
func timed(visits []result.Visit) []result.Visit { return only(visits, result.Visit.Timed) }

func only(visits []result.Visit, keep func(result.Visit) bool) (list []result.Visit) {
	for _, v := range visits {
		if keep(v) {
			list = append(list, v)
		}
	}
	return list
}

// Times are the medians of visits, in ns.
func Times(visits []result.Visit) []int64 {
	list := make([]int64, len(visits))
	for i, v := range visits {
		list[i] = v.MedianNS
	}
	return list
}
