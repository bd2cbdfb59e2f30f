// Package visit measures one point, or the contexts of one decode series, in one visit. A
// visit is a conversation in lines of JSON between the parent, which is the sweep, and a
// child, which measures. [Child] holds it with a process of the same program, [Here] with a
// goroutine of this one; both make the same records.
//
//	parent: the Request
//	child:  {"ready":true}       inputs, plan and State are made, the first sample is taken
//	parent: {"nonce":...}        picks the heads whose V is negated between samples
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
// # What a visit does not believe
//
// The first sample has inputs of its own, so that a kernel which keeps results from its first
// call is wrong later. Fast samples make more samples, whatever the first calls took, and a
// call in which no thread had anything to do is no measure of the work. The CPU time shortly
// after a call must not grow: then work was put off. No sample may be faster than the FMA peak.
// The clock of the child runs beside that of the parent, by round trips before and after what
// is timed, and some calls in a row must take as long by the parent's clock as the samples say.
package visit
