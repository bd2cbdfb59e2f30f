package harness

import (
	"time"

	"github.com/klauspost/cpuid/v2"

	"attnbench/internal/kernel"
	"attnbench/internal/par"
)

const (
	// sliceBytes is what one worker reads: more than the last-level cache of most
	// machines, so that a second pass finds nothing of the first pass in it. slice
	// takes more where the cache is known to be larger.
	sliceBytes   = 64 << 20
	pageFloats   = 4 << 10 / 4           // no system's pages are smaller
	readingTime  = 10 * time.Millisecond // after which no further pass begins
	machineShare = 8                     // the buffer is at most this part of a point's memory
)

// reader measures the rate at which memory is read, between the steps of a decoder
// that must read as many bytes. The methods of nil do nothing.
type reader struct {
	set     *kernel.Set
	workers int
	buffer  []float32
	passes  []int64 // ns of each
}

// lastLevel is the size of the last-level cache in bytes; where the system does not
// tell, a size that no last-level cache has.
func lastLevel() int64 {
	if n := known(cpuid.CPU.Cache.L3); n > 0 {
		return n
	}
	return max(sliceBytes, known(cpuid.CPU.Cache.L2))
}

// newReader returns nil where the set has no Sum. It writes to every page of the
// buffer: see touchPages.
func newReader(set *kernel.Set, workers int, bytes int64) *reader {
	if set == nil || set.Sum == nil {
		return nil
	}
	r := &reader{set: set, workers: busy(workers), buffer: make([]float32, bytes/4)}
	touchPages(r.buffer)
	return r
}

// pass reads the buffer twice, all workers together, and keeps the time of the second
// reading: like a step, the second finds the end of the reading before it in the caches.
func (r *reader) pass() {
	if r == nil {
		return
	}
	n := len(r.buffer)
	read := func(w int) { r.set.Sum(r.buffer[w*n/r.workers : (w+1)*n/r.workers]) }
	par.Together(r.workers, read)
	r.passes = append(r.passes, int64(par.Together(r.workers, read)))
}

// bandwidth is the rate in GB/s from the median pass, to match the median step; 0
// without passes.
func (r *reader) bandwidth() float64 {
	if r == nil || len(r.passes) == 0 {
		return 0
	}
	return float64(4*len(r.buffer)) / float64(median(r.passes))
}

// passTime predicts the time of reading once: memory at 4 GB/s.
func passTime(bytes int64) time.Duration { return time.Duration(bytes / 4) }

// bandwidth is the rate in GB/s of the best pass: all workers read memory together,
// each its own slice of the buffer. It is 0 where the set has no Sum and where the
// buffer would take memory that the points may need.
func (g *rooflines) bandwidth(set *kernel.Set, workers int) float64 {
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

// slice is the number of floats that each worker reads: sliceBytes, or the worker's
// share of twice the last-level cache where that is more.
func slice(workers int) int {
	return int(max(sliceBytes, 2*known(cpuid.CPU.Cache.L3)/int64(workers))) / 4
}

// makeBuffer makes the buffer for the maximum of workers of the sweep; not ok where
// the buffer would be too large.
func (g *rooflines) makeBuffer() bool {
	workers := busy(g.workers)
	n := max(slice(1), workers*slice(workers))
	switch {
	case g.buffer != nil:
		return true
	case g.memory > 0 && 4*int64(n) > g.memory/machineShare:
		return false
	}
	g.buffer = make([]float32, n)
	par.Together(workers, func(w int) { touchPages(g.buffer[w*n/workers : (w+1)*n/workers]) })
	return true
}

// touchPages writes to every page of x: the system maps all pages that were never
// written to one page of zeros.
func touchPages(x []float32) {
	for i := 0; i < len(x); i += pageFloats {
		x[i] = 1
	}
}

// cache is the size of the last-level cache in bytes.
func (s *Sweep) cache() int64 {
	if s.lastLevel > 0 {
		return s.lastLevel
	}
	return lastLevel()
}
