package workload

import (
	"errors"
	"time"

	"attnbench/attn"
	"attnbench/attn/mask"
	"attnbench/harness/internal/scripted"
	"attnbench/internal/oracle"
)

// remembering is a decoder made of the oracle: a cache of all rows, of which a step
// may be spoilt, slow, or panic.
type remembering struct {
	scripted.Variant
	bounded bool                                                                   // says that its State is of one size, and does not truncate
	spoils  func(a attn.Args, calls, len int) bool                                 // which Extends are wrong
	extend  func(honest func() error, a attn.Args, ws []float32, tokens int) error // in place of an Extend
	delay   func(rows, len int) time.Duration
	made    *int // States of more than 1000 bytes of capacity
}

func (v remembering) NewState(p attn.Problem, _ attn.Options) (attn.State, error) {
	if err := p.ValidateState(); err != nil {
		return nil, err
	}
	if v.made != nil && p.KVLen > 1000 && p.HeadDim != 4 {
		*v.made++
	}
	return &memory{v: v, p: p, lens: make([]int, p.Batch),
		k: attn.NewTensor(p.Batch, p.KVHeads, p.KVLen, p.HeadDim), v4: attn.NewTensor(p.Batch, p.KVHeads, p.KVLen, p.ValueDim)}, nil
}

type memory struct {
	v     remembering
	p     attn.Problem
	lens  []int
	k, v4 attn.Tensor
	calls int
}

func (m *memory) Len(b int) int  { return m.lens[b] }
func (m *memory) Workspace() int { return 3 }
func (m *memory) Reset(b int)    { m.lens[b] = 0 }

func (m *memory) Bytes() int64 {
	if _, _, streams := mask.Streaming(m.p.VisibilityMask()); m.v.bounded || streams {
		return 1 << 10
	}
	return 4 * int64(len(m.k.Data)+len(m.v4.Data))
}

func (m *memory) Truncate(b, n int) error {
	if m.v.bounded {
		return errors.ErrUnsupported
	}
	m.lens[b] = n
	return nil
}

func (m *memory) Append(a attn.Args, n []int) error {
	if err := a.CheckAppend(&m.p, m.lens, n); err != nil {
		return err
	}
	for b := range m.lens {
		rows := a.K.Shape[2]
		if n != nil {
			rows = n[b]
		}
		for g := range m.p.KVHeads {
			for i := range rows {
				copy(m.k.Row(b, g, m.lens[b]+i), a.K.Row(b, g, i))
				copy(m.v4.Row(b, g, m.lens[b]+i), a.V.Row(b, g, i))
			}
		}
		m.lens[b] += rows
	}
	return nil
}

func (m *memory) Extend(a attn.Args, n []int, ws []float32) error {
	if m.v.extend != nil {
		return m.v.extend(func() error { return m.honest(a, n, ws) }, a, ws, m.lens[0]+a.K.Shape[2])
	}
	return m.honest(a, n, ws)
}

func (m *memory) honest(a attn.Args, n []int, ws []float32) error {
	if err := a.CheckExtend(&m.p, m.lens, n, ws, m.Workspace()); err != nil {
		return err
	}
	if err := m.Append(a, n); err != nil {
		return err
	}
	m.calls++
	if m.v.delay != nil {
		time.Sleep(m.v.delay(a.K.Shape[2], m.lens[0]))
	}
	for b := range m.lens {
		q := m.p
		q.KVLen, q.QLen = m.lens[b], a.K.Shape[2]
		if n != nil {
			q.QLen = n[b]
		}
		b1 := attn.Args{Q: a.Q, K: m.k, V: m.v4}
		for h := range q.QHeads {
			for i := range q.QLen {
				oracle.Eval(&q, &b1, oracle.Row{B: b, H: h, I: i}, a.Out.Row(b, h, i))
			}
		}
	}
	if m.v.spoils != nil && m.v.spoils(a, m.calls, m.lens[0]) {
		a.Out.Data[1] += 0.01
	}
	return nil
}

func grouped(n int) attn.Problem {
	return attn.Problem{Batch: 2, QHeads: 4, KVHeads: 2, QLen: n, KVLen: n, HeadDim: 6, ValueDim: 6}
}
