package plan

import (
	"slices"

	"attnbench/harness/point"
	"attnbench/harness/result"
	"attnbench/harness/workload"
)

func engineOf(pt point.Point) result.Engine {
	return result.Engine{ISA: pt.ISA, Workers: pt.Workers}
}

// roofs are what a run has seen of the machine.
type roofs struct {
	peak  map[result.Engine]float64   // the highest, in GFLOP/s
	reads map[result.Engine][]float64 // in GB/s, one of a round; not those of a State, which read what a step reads
	read  map[result.Engine]bool      // in this round
}

func newRoofs() roofs {
	return roofs{map[result.Engine]float64{}, map[result.Engine][]float64{}, map[result.Engine]bool{}}
}

func (r roofs) learn(pt point.Point, v result.Visit) {
	e := engineOf(pt)
	if v.PeakBy != result.PeakByOneWorker { // that is more than all have together
		r.peak[e] = max(r.peak[e], v.PeakGFLOPS)
	}
	if v.BandwidthGBS > 0 && !ofState(pt) {
		r.reads[e] = append(r.reads[e], v.BandwidthGBS)
	}
}

// wantsRead reports whether the next visit to a point is the first of its round that measures
// the bandwidth, and says that it is.
func (r roofs) wantsRead(pt point.Point) bool {
	e := engineOf(pt)
	if ofState(pt) || r.read[e] {
		return false
	}
	r.read[e] = true
	return true
}

// bandwidth is the median of the rates beside points with the same kernel set and workers; 0
// where there is none.
func (r roofs) bandwidth(pt point.Point) float64 {
	list := slices.Sorted(slices.Values(r.reads[engineOf(pt)]))
	if len(list) == 0 || ofState(pt) {
		return 0
	}
	return list[len(list)/2]
}

// ofState reports whether the bandwidth of a point is that of what its calls read.
func ofState(pt point.Point) bool {
	kind, _ := workload.KindOf(pt.Workload)
	return kind.Contexts
}
