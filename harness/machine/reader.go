package machine

import (
	"slices"

	"attnbench/internal/kernel"
	"attnbench/internal/par"
)

// Reader measures the rate at which memory is read, between the steps of a decoder
// that must read as many bytes. The methods of nil do nothing.
type Reader struct {
	set     *kernel.Set
	workers int
	buffer  []float32
	passes  []int64 // ns of each
}

// NewReader makes a Reader of that many bytes; nil where the set has no Sum. It writes to
// every page of its buffer: see touchPages.
func NewReader(set *kernel.Set, workers int, bytes int64) *Reader {
	if set == nil || set.Sum == nil {
		return nil
	}
	r := &Reader{set: set, workers: busy(workers), buffer: make([]float32, bytes/4)}
	touchPages(r.buffer)
	return r
}

// Pass reads the buffer twice, all workers together, and keeps the time of the second
// reading: like a step, the second finds the end of the reading before it in the caches.
func (r *Reader) Pass() {
	if r == nil {
		return
	}
	n := len(r.buffer)
	read := func(w int) { r.set.Sum(r.buffer[w*n/r.workers : (w+1)*n/r.workers]) }
	par.Together(r.workers, read)
	r.passes = append(r.passes, int64(par.Together(r.workers, read)))
}

// Bandwidth is the rate in GB/s of the median pass, to match the median step; 0 without
// passes.
func (r *Reader) Bandwidth() float64 {
	if r == nil || len(r.passes) == 0 {
		return 0
	}
	passes := slices.Sorted(slices.Values(r.passes))
	return float64(4*len(r.buffer)) / float64(passes[len(passes)/2])
}
