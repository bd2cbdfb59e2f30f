package kernel

// Prefetch names memory that will be needed soon: rows from From on, Step floats apart.
// A kernel fetches a line or two of it at a time, spread over its arithmetic, as fetches
// in a burst wait for one another. It is a hint: none of it is read, no result depends on
// it, and a set may ignore it. The zero value names nothing.
//
// Matmul fetches the first two lines of a row for each four steps of depth, and for
// every following tile of rows, at most eight, begins Stripe floats further on. Recur
// fetches whole rows, one for each token, some tokens ahead.
type Prefetch struct {
	From         []float32
	Step, Stripe int
}
