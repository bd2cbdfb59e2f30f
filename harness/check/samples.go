package check

import "attnbench/attn"

// Samples looks at the output of every sample, not of the first call alone, so that a
// variant that is wrong on a later call, that returns what it kept, or that returns what
// it found in Out gets no time.
//
// Before a sample it multiplies V of some heads (see Scaling) and fills Out and workspace
// with finite numbers that no result is, before random samples, one of the first three
// among them, with NaN, which a variant might look for. After the sample it compares the
// sampled rows with the oracle, and the bits of all rows with those of the checked call. Of
// a sample of several calls it sees the last.
//
// All of this is outside the clock, and the same for every variant: a long sample begins with
// Out, half of V and a part of the workspace in the caches, where in a bare loop it would
// begin with what the call before touched last. Before a short one come calls on other
// numbers, see workload.Clock, and Out and workspace hold what these left.
type Samples struct {
	*Scaling
	rows  Rows
	out   attn.Tensor // [B, Hq, Nq, Dv]
	ws    []float32
	bits  []uint64 // digests of the checked output; nil: the bits may vary from call to call
	first int      // the first sample that finds NaN
	taken int
}

// NewSamples takes what a.Out holds for the checked output. Where exact is not set, the
// oracle's rows alone decide.
func NewSamples(r Rows, a attn.Args, ws []float32, seed uint64, exact bool) *Samples {
	s := &Samples{Scaling: NewScaling(r.p, a.V, seed), rows: r, out: a.Out, ws: ws}
	if s.Reseed(seed); exact {
		s.bits = s.Digests(a.Out)
	}
	return s
}

// Reseed draws by another seed from now on.
func (s *Samples) Reseed(seed uint64) {
	s.Scaling.Reseed(seed)
	s.first = s.taken + s.rng.IntN(3)
}

// Taken is the number of samples that were looked at.
func (s *Samples) Taken() int { return s.taken }

// Before readies the tensors for a sample.
func (s *Samples) Before() {
	s.Draw()
	s.Ready(s.out.Data, s.ws, s.taken == s.first || s.taken > s.first && s.rng.IntN(8) == 0)
}

// After compares what a sample wrote.
func (s *Samples) After(profile string) Verdict {
	s.taken++
	v := s.Of(s.rows).Check(s.out, profile)
	if v.Disagrees == "" && s.bits != nil {
		v.Disagrees = s.Differs(s.Digests(s.out), s.bits)
	}
	return v
}
