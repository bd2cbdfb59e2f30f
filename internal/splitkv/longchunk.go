package splitkv

import "attnbench/attn"

// plans are those of the batch entries that take more than few rows, by batch entry;
// none where no entry does.
func (s *state) plans(a *attn.Args, n []int) ([]attn.Plan, error) {
	var plans []attn.Plan
	for b := range s.lens {
		rows := rowsOf(a, n, b)
		if s.isFew(rows) {
			continue
		}
		if plans == nil {
			plans = make([]attn.Plan, len(s.lens))
		}
		p := s.p
		p.Batch, p.QLen, p.KVLen = 1, rows, s.lens[b]+rows
		if s.ring > 0 { // see straighten
			p.KVLen = s.pinned + s.lens[b] + rows - s.reach(b)
		}
		if varies, _ := s.p.VisibilityMask().Varies(); varies {
			p.Mask = entryMask{s.p.Mask, b}
		}
		var err error
		if plans[b], err = s.config.Plan(p, s.o); err != nil {
			return nil, err
		}
	}
	return plans, nil
}

// long answers the last rows tokens of batch entry b, which the cache holds, by the
// variant's own Plan. What a ring holds has been straightened, and is a sequence that
// begins later: windows know distances only.
func (s *state) long(plan attn.Plan, a *attn.Args, b, rows int, ws []float32) {
	keys := s.lens[b]
	if s.ring > 0 {
		keys = s.pinned + s.lens[b] - s.origin[b]
	}
	piece := attn.Args{
		Q: entry(a.Q, b, rows), Out: entry(a.Out, b, rows),
		K: entry(s.k, b, keys), V: entry(s.v, b, keys),
	}
	if a.LSE == nil {
		plan.Forward(piece, ws)
		return
	}
	piece.LSE = make([]float32, s.p.QHeads*rows)
	plan.Forward(piece, ws)
	for h := range s.p.QHeads {
		copy(a.LSE[(b*s.p.QHeads+h)*a.Q.Shape[2]:], piece.LSE[h*rows:(h+1)*rows])
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

// Runs implements [attn.Mask].
func (m entryMask) Runs(dst []attn.Run, _, h, q0, q1, n int) []attn.Run {
	return m.Mask.Runs(dst, m.b, h, q0, q1, n)
}
