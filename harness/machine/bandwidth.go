package machine

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

// LastLevelCache is the size of the last-level cache in bytes; where the system does not
// tell, a size that no last-level cache has.
func LastLevelCache() int64 {
	if n := known(cpuid.CPU.Cache.L3); n > 0 {
		return n
	}
	return max(sliceBytes, known(cpuid.CPU.Cache.L2))
}

// Bandwidth is the rate in GB/s of the best pass: all workers read memory together,
// each its own slice of the buffer. It is 0 where the set has no Sum and where the
// buffer would take memory that the points may need.
func (g *Rooflines) Bandwidth(set *kernel.Set, workers int) float64 {
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

// RooflinesBytes is the size of the buffer that [Rooflines.Bandwidth] makes for at most that
// many workers.
func RooflinesBytes(workers int) int64 {
	workers = busy(workers)
	return 4 * int64(max(slice(1), workers*slice(workers)))
}

// makeBuffer makes the buffer for the maximum of workers; not ok where the buffer would be
// too large.
func (g *Rooflines) makeBuffer() bool {
	bytes := RooflinesBytes(g.workers)
	switch {
	case g.buffer != nil:
		return true
	case g.memory > 0 && bytes > g.memory/machineShare:
		return false
	}
	workers, n := busy(g.workers), int(bytes/4)
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
