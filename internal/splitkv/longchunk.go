package splitkv

import (
	"attnbench/attn"
	"attnbench/attn/mask"
)

// longChunk is a chunk of one batch entry that is longer than a step. The zero value stands
// for a step.
type longChunk struct {
	plan  attn.Plan // the variant's, of the chunk's queries over gathered keys
	first int       // the cache gathers the pinned tokens and those from first on
	keys  int       // number of gathered keys
}

// planLongChunks returns the long chunks by batch entry, nil where every chunk is a step.
func (s *state) planLongChunks(a *attn.Args, n []int) ([]longChunk, error) {
	var chunks []longChunk
	for b := range s.lens {
		rows := a.Tokens(n, b)
		if s.isStep(rows) {
			continue
		}
		if chunks == nil {
			chunks = make([]longChunk, len(s.lens))
		}
		// The Plan numbers the gathered tokens from 0. A window sees the same, as it asks
		// for distances only, and so do sink tokens, which keep their numbers.
		first := max(s.cache.Oldest(b), s.lens[b]-s.left)
		p := s.p
		p.Batch, p.QLen, p.KVLen = 1, rows, s.cache.Gathered(b, first)+rows
		if varies, _ := s.p.VisibilityMask().Varies(); varies {
			p.Mask = entryMask{s.p.Mask, b}
		}
		plan, err := s.config.Plan(p, s.o)
		if err != nil {
			return nil, err
		}
		chunks[b] = longChunk{plan, first, p.KVLen}
	}
	return chunks, nil
}

// outputLongChunk computes the outputs of the last rows tokens of batch entry b. The cache
// has taken these tokens.
func (s *state) outputLongChunk(c longChunk, a *attn.Args, b, rows int, ws []float32) {
	k, v := s.cache.Gather(b, c.first)
	chunk := attn.Args{
		Q: entry(a.Q, b, rows), Out: entry(a.Out, b, rows),
		K: entry(k, b, c.keys), V: entry(v, b, c.keys),
	}
	if a.LSE == nil {
		c.plan.Forward(chunk, ws)
		return
	}
	chunk.LSE = make([]float32, s.p.QHeads*rows)
	c.plan.Forward(chunk, ws)
	for h := range s.p.QHeads {
		copy(a.LSE[(b*s.p.QHeads+h)*a.Q.Shape[2]:], chunk.LSE[h*rows:(h+1)*rows])
	}
}

// entry is the first rows of batch entry b alone.
func entry(t attn.Tensor, b, rows int) attn.Tensor {
	t.Data = t.Data[b*t.Stride[0]:]
	t.Shape[0], t.Shape[2] = 1, rows
	return t
}

// entryMask is a mask as batch entry b sees it.
type entryMask struct {
	attn.Mask
	b int
}

// Visible implements [attn.Mask].
func (m entryMask) Visible(_, h, q, k int) bool { return m.Mask.Visible(m.b, h, q, k) }

// Bits implements [attn.Mask].
func (m entryMask) Bits(_, h, q, k0 int) uint64 { return m.Mask.Bits(m.b, h, q, k0) }

// Spans implements [attn.Mask].
func (m entryMask) Spans(dst []mask.Span, _, h, q0, q1, n int) []mask.Span {
	return m.Mask.Spans(dst, m.b, h, q0, q1, n)
}
