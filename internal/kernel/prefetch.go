package kernel

// Prefetch names memory that will be needed soon: rows from From on, Step floats apart.
// A kernel prefetches a line or two of it at a time, spread over its arithmetic: in a burst
// they would wait for one another. It is a hint: no result depends on it, and a set may
// ignore it. The zero value names nothing.
//
// Matmul prefetches the first two lines of a row for each four steps of depth, and begins
// Stripe floats further on for each following tile of rows, at most eight. Recur
// prefetches whole rows, one for each token, some tokens before their use.
type Prefetch struct {
	From         []float32
	Step, Stripe int
}
