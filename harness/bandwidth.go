package harness

import (
	"time"

	"github.com/klauspost/cpuid/v2"

	"attnbench/internal/kernel"
	"attnbench/internal/par"
)

// reader measures how fast memory of one size is read, between the steps of a
// decoder that must read as much. Its methods do nothing where it is nil.
type reader struct {
	set     *kernel.Set
	workers int
	buffer  []float32
	passes  []int64 // ns of each
}

// lastLevel is the size of the last-level cache, or where it is not known what one
// worker reads to be past it.
func lastLevel() int64 {
	if n := known(cpuid.CPU.Cache.L3); n > 0 {
		return n
	}
	return max(sliceBytes, known(cpuid.CPU.Cache.L2))
}

// newReader is nil where the set cannot sum. Every page of the buffer is written to,
// as makeBuffer says.
func newReader(set *kernel.Set, workers int, bytes int64) *reader {
	if set == nil || set.Sum == nil {
		return nil
	}
	r := &reader{set: set, workers: busy(workers), buffer: make([]float32, bytes/4)}
	for i := 0; i < len(r.buffer); i += pageFloats {
		r.buffer[i] = 1
	}
	return r
}

// pass reads the buffer twice, all workers together, and notes what the second took:
// like a step it then finds in the caches what the end of the one before left there.
func (r *reader) pass() {
	if r == nil {
		return
	}
	n := len(r.buffer)
	read := func(w int) { r.set.Sum(r.buffer[w*n/r.workers : (w+1)*n/r.workers]) }
	par.Together(r.workers, read)
	r.passes = append(r.passes, int64(par.Together(r.workers, read)))
}

// bandwidth is the rate in GB/s by the median of the passes, as the step is told by
// its median; 0 where there are none.
func (r *reader) bandwidth() float64 {
	if r == nil || len(r.passes) == 0 {
		return 0
	}
	return float64(4*len(r.buffer)) / float64(median(r.passes))
}

// passTime is about what the passes take for each byte, for the prediction: memory
// at 4 GB/s.
func passTime(bytes int64) time.Duration { return time.Duration(bytes / 4) }

// bandwidth is the rate in GB/s at which the workers read memory, each its own
// slice of the buffer, together; the best pass. 0 where the set has no Sum or the
// buffer would take memory that the points may need.
func (g *gauge) bandwidth(set *kernel.Set, workers int) float64 {
	if set.Sum == nil || !g.makeBuffer() {
		return 0
	}
	workers = busy(workers)
	n, best := slice(workers), 0.0
	for begin := time.Now(); time.Since(begin) < readingTime; {
		t := par.Together(workers, func(w int) { set.Sum(g.buffer[w*n : (w+1)*n]) })
		best = max(best, float64(4*n*workers)/float64(t))
	}
	return best
}

// slice is how many floats one of some workers reads: sliceBytes, or its share of
// twice the last-level cache where that is more.
func slice(workers int) int {
	return int(max(sliceBytes, 2*known(cpuid.CPU.Cache.L3)/int64(workers))) / 4
}

// makeBuffer makes the buffer for the most workers of the sweep; not ok where it
// would be too large. Every page is written to, since the system gives the same
// page of zeros for all that were not.
func (g *gauge) makeBuffer() bool {
	most := busy(g.workers)
	n := max(slice(1), most*slice(most))
	switch {
	case g.buffer != nil:
		return true
	case g.memory > 0 && 4*int64(n) > g.memory/machineShare:
		return false
	}
	g.buffer = make([]float32, n)
	par.Together(most, func(w int) {
		part := g.buffer[w*n/most : (w+1)*n/most]
		for i := 0; i < len(part); i += pageFloats {
			part[i] = 1
		}
	})
	return true
}

// cache is the size of the last-level cache.
func (s *Sweep) cache() int64 {
	if s.lastLevel > 0 {
		return s.lastLevel
	}
	return lastLevel()
}
