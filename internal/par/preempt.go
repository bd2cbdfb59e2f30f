package par

// PreemptionPoint is where the garbage collector may stop a worker: assembly is
// never preempted, and a loop of little else hardly ever is (the asynchronous
// signal must hit Go code). A function with a frame of more than 128 bytes checks
// the stack on entry, which is what a synchronous preemption waits for.
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
