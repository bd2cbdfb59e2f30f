package workload

import (
	"errors"

	"attnbench/attn"
	"attnbench/attn/mask"
	"attnbench/harness/internal/scripted"
	"attnbench/internal/oracle"
)

// remembering is a decoder made of the oracle: a cache of all rows, of which a step
// may be spoilt or panic.
type remembering struct {
	scripted.Variant
	bounded bool                                                                   // says that its State is of one size, and does not truncate
	spoils  func(a attn.Args, calls, len int) bool                                 // which Extends are wrong
	extend  func(honest func() error, a attn.Args, ws []float32, tokens int) error // in place of an Extend
	made    *int                                                                   // States of more than 1000 bytes of capacity
}

func (v remembering) NewState(p attn.Problem, _ attn.Options) (attn.State, error) {
	cache, err := scripted.NewCache(p)
	if err != nil {
		return nil, err
	}
	if v.made != nil && p.KVLen > 1000 && p.HeadDim != 4 {
		*v.made++
	}
	return &memory{Cache: cache, v: v}, nil
}

type memory struct {
	scripted.Cache
	v     remembering
	calls int
}

func (m *memory) Workspace() int { return 3 }

func (m *memory) Bytes() int64 {
	if _, _, streams := mask.Streaming(m.P.VisibilityMask()); m.v.bounded || streams {
		return 1 << 10
	}
	return m.Cache.Bytes()
}

func (m *memory) Truncate(b, n int) error {
	if m.v.bounded {
		return errors.ErrUnsupported
	}
	return m.Cache.Truncate(b, n)
}

func (m *memory) Extend(a attn.Args, n []int, ws []float32) error {
	if m.v.extend != nil {
		return m.v.extend(func() error { return m.honest(a, n, ws) }, a, ws, m.Lens[0]+a.K.Shape[2])
	}
	return m.honest(a, n, ws)
}

func (m *memory) honest(a attn.Args, n []int, ws []float32) error {
	if err := a.CheckExtend(&m.P, m.Lens, n, ws, m.Workspace()); err != nil {
		return err
	}
	if err := m.Append(a, n); err != nil {
		return err
	}
	m.calls++
	for b := range m.Lens {
		q := m.P
		q.KVLen, q.QLen = m.Lens[b], a.K.Shape[2]
		if n != nil {
			q.QLen = n[b]
		}
		b1 := attn.Args{Q: a.Q, K: m.K, V: m.V}
		for h := range q.QHeads {
			for i := range q.QLen {
				oracle.Eval(&q, &b1, oracle.Row{B: b, H: h, I: i}, a.Out.Row(b, h, i))
			}
		}
	}
	if m.v.spoils != nil && m.v.spoils(a, m.calls, m.Lens[0]) {
		a.Out.Data[1] += 0.01
	}
	return nil
}

func grouped(n int) attn.Problem {
	return attn.Problem{Batch: 2, QHeads: 4, KVHeads: 2, QLen: n, KVLen: n, HeadDim: 6, ValueDim: 6}
}
