package kit

import "attnbench/attn"

// Backwards is a pool of one goroutine that runs the parts last to first and
// gives each another worker number.
type Backwards struct{ Runs int }

// Run implements [attn.Pool].
func (p *Backwards) Run(t attn.Task, n, workers int) {
	p.Runs++
	for i := n - 1; i >= 0; i-- {
		t.Part(i%workers, i)
	}
}
