package kit

import "attnbench/attn"

// Backwards is an attn.Pool of one goroutine. It runs the parts last to first, each with the
// number of another worker.
type Backwards struct{ Runs int }

// Used notes where no case of the rule used the pool and Traits say that it is used, or the
// other way round.
func (p *Backwards) Used(k *Kit) {
	if k.Ran == 0 || k.OnlyCase != 0 { // a kernel may run small Problems without help
		return
	}
	switch used := p.Runs > 0; {
	case !used && !k.Traits.Serial && !k.Traits.OwnThreads:
		k.Fail("the pool of Options was never used. Run the parts on it, as attn/pool does; or set Traits.Serial if everything runs in the caller's goroutine, Traits.OwnThreads if the kernel has threads of its own")
	case used && k.Traits.Serial:
		k.Fail("the pool of Options was used, and Traits say Serial")
	}
}

// Run implements [attn.Pool].
func (p *Backwards) Run(t attn.Task, n, workers int) {
	p.Runs++
	for i := n - 1; i >= 0; i-- {
		t.Part(i%workers, i)
	}
}
