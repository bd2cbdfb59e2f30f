// Package visit measures one point, or the contexts of one decode series, in one visit. A
// visit is a conversation in lines of JSON between the parent, which is the sweep, and a
// child, which measures. [Child] holds it with a process of the same program, [Here] with a
// goroutine of this one; both make the same records.
//
//	parent: the Request
//	child:  {"ready":true}       inputs, plan and State are made, the first call is made
//	parent: {"nonce":...}        picks what V of some heads is multiplied by between samples
//	child:  {"sync":...}         where it compares clocks
//	parent: {"heard":true}
//	child:  {"visit":...}        for each point in turn
//	child:  {"done":true}
//
// # What is inside the timing
//
// A sample is the time of the calls that turn inputs, as a caller has them, into outputs:
// of Forward or Extend, and all that they do. Outside stands what a caller does once for
// many calls or for other reasons: planning, packing what does not change, making inputs,
// workspace and State, and converting K and V to the type in which they are stored, which the
// record names. A selection has samples of its own. What the harness does between calls
// (other numbers in V, Out and workspace, the comparison with the oracle) is outside, and
// the same for every variant.
//
// Where the Request names CPUs, all threads of the process are bound to them while samples are
// taken, and Go runs as many threads at once; the check before them uses every core.
//
// # What a visit does not believe
//
// The first sample has numbers of its own, so that a kernel which keeps results from its first
// call is wrong later, and in the first visit of a point a later call must not take more memory
// than the first. Fast samples make more samples, whatever the calls before them took, and a
// call before them in which all threads slept is no measure of the work. The CPU time shortly
// after a call must not grow: then work was put off. No sample may be faster than the FMA peak.
// The clock of the child is held against that of the parent, by round trips before and after
// what is timed; some calls in a row must take as long by the parent's clock as the samples
// say, and all samples together no longer than what passed there.
package visit
