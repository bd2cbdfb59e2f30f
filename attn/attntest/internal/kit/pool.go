package kit

import "attnbench/attn"

// Backwards is an attn.Pool of one goroutine. It runs the parts last to first, each with the
// number of another worker.
type Backwards struct{ Runs int }

// Run implements [attn.Pool].
func (p *Backwards) Run(t attn.Task, n, workers int) {
	p.Runs++
	for i := n - 1; i >= 0; i-- {
		t.Part(i%workers, i)
	}
}
