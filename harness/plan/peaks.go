package plan

import (
	"attnbench/harness/point"
	"attnbench/harness/result"
)

// engine is what a peak is of: a kernel set with a number of workers.
type engine struct {
	isa     string
	workers int
}

func engineOf(pt point.Point) engine { return engine{pt.ISA, pt.Workers} }

// peaks are the highest multiply-add rates of a run, in GFLOP/s.
type peaks map[engine]float64

func (p peaks) learn(pt point.Point, v result.Visit) {
	if e := engineOf(pt); v.PeakGFLOPS > p[e] {
		p[e] = v.PeakGFLOPS
	}
}
