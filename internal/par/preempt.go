package par

// PreemptionPoint is where the garbage collector may stop a worker: assembly is
// never preempted, and a loop of little else hardly ever is (the asynchronous
// signal must hit Go code). A frame of more than 128 bytes makes the compiler
// check the stack on entry, which is what a synchronous preemption waits for.
//
//go:noinline
func PreemptionPoint() byte {
	var frame [192]byte
	return frame[len(frame)-1]
}
