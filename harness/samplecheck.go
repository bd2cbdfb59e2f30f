package harness

import (
	"fmt"

	"attnbench/attn"
	"attnbench/internal/guard"
)

// sampleCheck looks at the output of every sample, not of the warm-up alone, so that a
// variant that is wrong on a later call, that returns what it kept, or that returns what
// it found in Out gets no time.
//
// Before a sample it negates V of some heads (see negation) and fills Out and workspace
// with finite numbers that no result is, before one random sample with NaN, which a variant
// might look for. After the sample it compares the sampled rows with the oracle, and the
// bits of all rows with those of the checked warm-up. Of a sample of several Forwards it
// sees the last.
//
// All of this is outside the clock, and the same for every variant: a sample begins with
// Out, half of V and a part of the workspace in the caches, where in a bare loop it would
// begin with what the Forward before touched last. Of 41 interleaved pairs with bare
// samples, of 128 to 4096 tokens, the median ratio is 0.99 to 1.01.
type sampleCheck struct {
	oracleCheck
	negation
	args    attn.Args
	ws      []float32
	bits    []uint64 // digests of the checked output; nil: the bits may vary from call to call
	samples int      // that were looked at
}

// newSampleCheck takes what a.Out holds for the checked output. Where exact is not set,
// the oracle's rows alone decide.
func newSampleCheck(c oracleCheck, a attn.Args, ws []float32, seed uint64, exact bool) *sampleCheck {
	s := &sampleCheck{oracleCheck: c, negation: newNegation(c.p, a.V, seed), args: a, ws: ws}
	if exact {
		s.bits = s.digests(a.Out)
	}
	return s
}

// before readies the tensors for a sample.
func (s *sampleCheck) before(poison bool) {
	s.draw()
	if poison {
		guard.Poison(s.ws)
		guard.Poison(s.args.Out.Data)
		return
	}
	// Of a workspace larger than Out a random stretch, so that no sample waits long.
	ws := s.ws
	if n := len(s.args.Out.Data); len(ws) > n {
		ws = ws[s.rng.IntN(len(ws)-n+1):][:n]
	}
	s.refill(ws)
	s.refill(s.args.Out.Data)
}

// after compares what a sample wrote.
func (s *sampleCheck) after(profile string) verdict {
	s.samples++
	v := s.of(s.oracleCheck).check(s.args.Out, profile)
	if v.disagrees == "" && s.bits != nil {
		v.disagrees = s.differs(s.digests(s.args.Out), s.bits)
	}
	return v
}

// differs says in words which head has other bits than it must have.
func (n *negation) differs(got, want []uint64) string {
	heads := n.v.Shape[1] * n.group
	for i := range want {
		if got[i] == want[i] {
			continue
		}
		b, h := i/heads, i%heads
		if n.is(b, h) {
			return fmt.Sprintf("batch %d head %d is not bit for bit the negation of what was checked, though V is", b, h)
		}
		return fmt.Sprintf("batch %d head %d is not bit for bit what was checked", b, h)
	}
	return ""
}
