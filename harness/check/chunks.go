package check

import "attnbench/attn"

// Chunks looks at the output of a sequence that is taken in chunks, as Samples does at that of
// a Forward. nil looks at nothing and fills Out with NaN.
type Chunks struct {
	*Scaling
	Poison bool
	Bits   []uint64 // digests of each head's output, of all chunks
}

// Begin forgets the digests of the sequence before.
func (c *Chunks) Begin() {
	if c != nil {
		c.Bits = nil
	}
}

// Before readies out and workspace for a chunk.
func (c *Chunks) Before(out attn.Tensor, ws []float32) {
	if c == nil {
		Poison(out.Data, ws)
		return
	}
	c.Ready(out.Data, ws, c.Poison)
}

// After takes in the output of a chunk.
func (c *Chunks) After(out attn.Tensor) {
	if c == nil {
		return
	}
	digests := c.Digests(out)
	for i := range c.Bits {
		digests[i] += 31 * c.Bits[i]
	}
	c.Bits = digests
}
