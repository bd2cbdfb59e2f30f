// Package par has what work on several goroutines needs beside a pool: a point at which the
// garbage collector may stop a worker, and a start at one time for measurements.
package par

// PreemptionPoint lets the garbage collector stop a worker. Assembly is never preempted,
// and a loop around assembly hardly ever: the asynchronous signal must hit Go code. A
// function with a frame of more than 128 bytes checks the stack on entry, and there a
// synchronous preemption happens.
//
//go:noinline
func PreemptionPoint() {
	var frame [192]byte
	touch(&frame)
}

// touch keeps the frame: the compiler does not see what becomes of it.
//
//go:noinline
func touch(frame *[192]byte) { frame[0]++ }
