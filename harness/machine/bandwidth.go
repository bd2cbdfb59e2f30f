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

// Bandwidth is one measurement of the rate at which memory is read.
type Bandwidth struct {
	GBS float64 // of the best pass; 0: not measured
	// Pages are those that were read, result.PagesHuge or result.PagesSmall: on small ones the
	// rate depends on where the system finds them, and wanders. Empty: unknown.
	Pages string
}

// Bandwidth lets all workers read memory together, each its own slice of a buffer, on huge
// pages where the system gives them. It measures nothing where the set has no Sum and where
// the buffer would take memory that the points may need.
func (g *Rooflines) Bandwidth(set *kernel.Set, workers int) Bandwidth {
	bytes := RooflinesBytes(workers)
	if set.Sum == nil || g.memory > 0 && bytes > g.memory/machineShare {
		return Bandwidth{}
	}
	buffer, free := newPages(int(bytes))
	if buffer == nil {
		return Bandwidth{}
	}
	defer free()
	workers = busy(workers)
	n, best := slice(workers), 0.0
	part := func(w int) []float32 { return buffer[w*n : (w+1)*n] }
	par.Together(workers, func(w int) { touchPages(part(w)) })
	for begin := time.Now(); time.Since(begin) < readingTime; {
		t := par.Together(workers, func(w int) { set.Sum(part(w)) })
		best = max(best, float64(4*n*workers)/float64(t))
	}
	return Bandwidth{GBS: best, Pages: pagesOf(buffer[:n*workers])}
}

// slice is the number of floats that each worker reads: sliceBytes, or the worker's
// share of twice the last-level cache where that is more.
func slice(workers int) int {
	return int(max(sliceBytes, 2*known(cpuid.CPU.Cache.L3)/int64(workers))) / 4
}

// RooflinesBytes is the size of the buffer that [Rooflines.Bandwidth] makes for that many
// workers.
func RooflinesBytes(workers int) int64 {
	workers = busy(workers)
	return 4 * int64(workers*slice(workers))
}

// touchPages writes to every page of x: the system maps all pages that were never
// written to one page of zeros.
func touchPages(x []float32) {
	for i := 0; i < len(x); i += pageFloats {
		x[i] = 1
	}
}
