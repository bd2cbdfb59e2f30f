package bench

import (
	"cmp"
	"fmt"
	"testing"
	"time"

	"attnbench/attn"
	"attnbench/internal/input"
	"attnbench/internal/kernel"
	"attnbench/internal/par"
)

// StepCase is one shape of a decode step: a single query a sequence against Context
// tokens, which are filled by Append. Zero values: 1 worker, causal.
type StepCase struct {
	Context, HeadDim, QHeads, KVHeads, Workers int
	Mask                                       attn.Mask
}

// Step times the cases on every kernel set of this machine. Each line has bandwidth-fraction:
// the rate at which a step reads the visible keys and values, in units of a plain read of
// as many bytes with the same set and workers, the median over the steps, each against the
// read before it.
func Step(b *testing.B, v attn.Variant, cases ...StepCase) {
	for _, c := range cases {
		c.Workers, c.Mask = max(1, c.Workers), cmp.Or(c.Mask, attn.Causal())
		for _, isa := range attn.ISAsOf(v) {
			name := fmt.Sprintf("n=%d/d=%d/heads=%d_%d/mask=%s/workers=%d/isa=%s", c.Context, c.HeadDim, c.QHeads, c.KVHeads, c.Mask, c.Workers, isa)
			b.Run(name, func(b *testing.B) { c.run(b, v, isa) })
		}
	}
}

func (c StepCase) run(b *testing.B, v attn.Variant, isa string) {
	p := attn.Problem{
		Batch: 1, QHeads: c.QHeads, KVHeads: c.KVHeads, QLen: 1, KVLen: c.Context, HeadDim: c.HeadDim, ValueDim: c.HeadDim,
		Mask: c.Mask,
	}
	s, one := c.filled(b, v, p, isa)
	set, err := kernel.Find(isa)
	if err != nil {
		b.Fatal(err)
	}
	ws := make([]float32, s.Workspace())
	visible := 0
	for _, r := range c.Mask.Spans(nil, 0, 0, c.Context-1, c.Context, c.Context) {
		visible += r.Hi - r.Lo
	}
	bytes := 4 * visible * c.KVHeads * 2 * c.HeadDim
	buffer := make([]float32, bytes/4)
	for i := range buffer {
		buffer[i] = 1
	}
	var fractions, rates []float64
	var steps time.Duration
	for b.Loop() {
		read := par.Together(c.Workers, func(w int) {
			set.Sum(buffer[w*len(buffer)/c.Workers : (w+1)*len(buffer)/c.Workers])
		})
		begin := time.Now()
		if err := s.Extend(one, nil, ws); err != nil {
			b.Fatal(err)
		}
		took := time.Since(begin)
		steps += took
		if err := s.Truncate(0, c.Context-1); err != nil {
			b.Fatal(err)
		}
		rate := float64(bytes) / float64(read)
		rates = append(rates, rate)
		fractions = append(fractions, float64(bytes)/float64(took)/rate)
	}
	b.ReportMetric(float64(steps)/float64(b.N), "ns/op")
	b.ReportMetric(median(rates), "read-GB/s")
	b.ReportMetric(median(fractions), "bandwidth-fraction")
}

// filled returns a State that has taken its context but the last token, and that token.
func (c StepCase) filled(b *testing.B, v attn.Variant, p attn.Problem, isa string) (attn.State, attn.Args) {
	s, err := v.(attn.Decoder).NewState(p, attn.Options{Workers: c.Workers, ISA: isa})
	if err != nil {
		b.Fatal(err)
	}
	part := p
	part.QLen, part.KVLen = 1, min(1024, p.KVLen-1)
	a, err := input.Args(part, "gaussian", 1)
	if err != nil {
		b.Fatal(err)
	}
	for s.Len(0) < p.KVLen-1 {
		more := min(part.KVLen, p.KVLen-1-s.Len(0))
		if err := s.Append(attn.Args{K: a.K.Rows(0, more), V: a.V.Rows(0, more)}, nil); err != nil {
			b.Fatal(err)
		}
	}
	a.K, a.V = a.K.Rows(0, 1), a.V.Rows(0, 1)
	return s, a
}
