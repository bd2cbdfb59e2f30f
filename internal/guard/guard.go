// Package guard makes buffers that show what a variant forgot to write and what it must
// not have written: filled with NaN, fenced on both sides, at a chosen misalignment.
package guard

import (
	"fmt"
	"math"
)

// fence is the number of float32s on either side of a buffer, a few cache lines.
const fence = 64

// mark is the quiet NaN of the fences, with a payload that no arithmetic makes.
const mark = 0x7fe0f3cc

// Buffer is n float32s between two fences.
type Buffer struct {
	name string
	all  []float32
	body []float32
}

// New returns a buffer of n NaNs that begins shift float32s past the start of
// the allocation's first fence; shift moves the body off its natural alignment.
// Its slice has no spare capacity.
func New(name string, n, shift int) *Buffer {
	all := make([]float32, fence+shift+n+fence)
	for i := range all {
		all[i] = math.Float32frombits(mark)
	}
	from := fence + shift
	b := &Buffer{name: name, all: all, body: all[from : from+n : from+n]}
	Poison(b.body)
	return b
}

// Data is the buffer without its fences.
func (b *Buffer) Data() []float32 { return b.body }

// Check returns an error that says how far outside the buffer something was written.
func (b *Buffer) Check() error {
	before := len(b.all) - fence - len(b.body)
	for i, x := range b.all {
		if (i < before || i >= before+len(b.body)) && math.Float32bits(x) != mark {
			at := i - before
			return fmt.Errorf("%s: element %d of a buffer of %d was written", b.name, at, len(b.body))
		}
	}
	return nil
}

// Poison fills x with NaN, so that an element nobody writes shows.
func Poison(x []float32) {
	nan := float32(math.NaN())
	for i := range x {
		x[i] = nan
	}
}

// Same reports the first element whose bits differ between two slices of one
// length, and whether there is none.
func Same(x, y []float32) (at int, same bool) {
	for i := range x {
		if math.Float32bits(x[i]) != math.Float32bits(y[i]) {
			return i, false
		}
	}
	return len(x), true
}
