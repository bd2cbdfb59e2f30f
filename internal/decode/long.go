package decode

import "attnbench/attn"

// long answers the last rows tokens of batch entry b, which the cache holds, by the
// variant's own Plan. What a ring holds has been straightened, and is a sequence that
// begins later: windows know distances only.
func (s *state) long(a *attn.Args, b, rows int, ws []float32) error {
	keys := s.lens[b]
	if s.ring > 0 {
		keys = s.pinned + s.lens[b] - s.origin[b]
	}
	p := s.p
	p.Batch, p.QLen, p.KVLen = 1, rows, keys
	if varies, _ := s.p.VisibilityMask().Varies(); varies {
		p.Mask = entryMask{s.p.Mask, b}
	}
	plan, err := s.config.Plan(p, s.o)
	if err != nil {
		return err
	}
	piece := attn.Args{
		Q: entry(a.Q, b, rows), Out: entry(a.Out, b, rows),
		K: entry(s.k, b, keys), V: entry(s.v, b, keys),
	}
	if a.LSE == nil {
		plan.Forward(piece, ws)
		return nil
	}
	piece.LSE = make([]float32, p.QHeads*rows)
	plan.Forward(piece, ws)
	for h := range p.QHeads {
		copy(a.LSE[(b*p.QHeads+h)*a.Q.Shape[2]:], piece.LSE[h*rows:(h+1)*rows])
	}
	return nil
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

// Runs implements [attn.Mask].
func (m entryMask) Runs(dst []attn.Run, _, h, q0, q1, n int) []attn.Run {
	return m.Mask.Runs(dst, m.b, h, q0, q1, n)
}
