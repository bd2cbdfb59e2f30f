package harness

import (
	"slices"
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

// p99 is the 99th percentile of at least one number, by nearest rank.
func p99(x []int64) int64 {
	s := slices.Sorted(slices.Values(x))
	return s[(99*len(s)+99)/100-1]
}

// passTime is about what the passes take for each byte, for the prediction: memory
// at 4 GB/s.
func passTime(bytes int64) time.Duration { return time.Duration(bytes / 4) }
