package attn

import (
	"cmp"
	"errors"
	"fmt"
)

// Tokens is how many tokens batch entry b takes where n is that of [State.Append].
func (a *Args) Tokens(n []int, b int) int {
	if n == nil {
		return a.K.Shape[2]
	}
	return n[b]
}

// CheckAppend reports why a State of p, whose sequences have taken lens [Batch] tokens,
// cannot take the rows of a; n is that of [State.Append]. Every State calls CheckAppend
// before it changes anything.
func (a *Args) CheckAppend(p *Problem, lens, n []int) error {
	rows := a.K.Shape[2]
	if rows < 1 {
		return fmt.Errorf("attn: K has shape %v: want at least one row", a.K.Shape)
	}
	chunk := *p
	chunk.QLen, chunk.KVLen = rows, rows
	// A table of pointers would move a to the heap at every step.
	if err := cmp.Or(
		checkShape("K", &a.K, [4]int{p.Batch, p.KVHeads, rows, p.HeadDim}), checkShape("V", &a.V, [4]int{p.Batch, p.KVHeads, rows, p.ValueDim}),
		checkShape("Decay", &a.Decay, chunk.decayShape()), checkShape("Beta", &a.Beta, chunk.betaShape()),
	); err != nil {
		return err
	}
	switch {
	case a.Bias.Data != nil || a.State0.Data != nil || a.StateN.Data != nil || a.Norm0.Data != nil || a.NormN.Data != nil:
		return errors.New("attn: Bias, State0, StateN, Norm0 and NormN have no place in a State")
	case a.LogScale0 != nil || a.LogScaleN != nil:
		return errors.New("attn: LogScale0 and LogScaleN have no place in a State")
	case a.Projection.Data != nil:
		return errors.New("attn: Projection is given: a State has its own, or that of a Load")
	}
	if n != nil && len(n) != p.Batch {
		return fmt.Errorf("attn: n has %d entries: want Batch = %d", len(n), p.Batch)
	}
	total := 0
	for b, taken := range lens {
		more := a.Tokens(n, b)
		if more < 0 || more > rows {
			return fmt.Errorf("attn: n[%d] is %d: want 0 to the %d rows of K", b, more, rows)
		}
		if more > p.KVLen-taken {
			return fmt.Errorf("attn: batch entry %d holds %d tokens and takes %d more: its capacity is %d: %w", b, taken, more, p.KVLen, ErrFull)
		}
		total += more
	}
	if total == 0 {
		return errors.New("attn: n is 0 for every batch entry: nothing to take")
	}
	return nil
}

// CheckExtend is CheckAppend for [State.Extend], and also checks queries and outputs. It
// panics where ws is shorter than need or Out overlaps another tensor.
func (a *Args) CheckExtend(p *Problem, lens, n []int, ws []float32, need int) error {
	if err := a.CheckAppend(p, lens, n); err != nil {
		return err
	}
	rows := a.K.Shape[2]
	if rows > p.QLen {
		return fmt.Errorf("attn: Extend by %d rows: want at most QLen = %d", rows, p.QLen)
	}
	if err := cmp.Or(
		checkShape("Q", &a.Q, [4]int{p.Batch, p.QHeads, rows, p.HeadDim}), checkShape("Out", &a.Out, [4]int{p.Batch, p.QHeads, rows, p.ValueDim}),
	); err != nil {
		return err
	}
	if a.LSE != nil && (p.Rule.Kind != Softmax || len(a.LSE) != p.Batch*p.QHeads*rows) {
		return fmt.Errorf("attn: LSE has %d elements: want Batch·QHeads·rows = %d, of a softmax rule", len(a.LSE), p.Batch*p.QHeads*rows)
	}
	chunk := *p
	chunk.QLen, chunk.KVLen = rows, rows
	a.Check(&chunk, ws, need)
	return nil
}

func checkShape(name string, t *Tensor, want [4]int) error {
	if t.Shape != want {
		return fmt.Errorf("attn: %s has shape %v: want %v", name, t.Shape, want)
	}
	if !t.inside() {
		return fmt.Errorf("attn: %s has strides %v, which reach outside its %d floats", name, t.Stride, len(t.Data))
	}
	return nil
}
