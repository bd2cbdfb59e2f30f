package attn

import (
	"cmp"
	"errors"
	"fmt"

	"attnbench/attn/mask"
)

// Decoder is implemented by variants that answer a sequence piece by piece, as it is
// generated. Softmax variants keep rows of K and V, linear ones what these fold into;
// callers cannot tell.
type Decoder interface {
	Variant
	// NewState makes the state of p.Batch empty sequences of which each may grow to
	// p.KVLen tokens, the capacity, by at most p.QLen in one Extend. Where the tokens
	// stand is the state's to say: p must leave QueryStart and KVLens nil, and its mask
	// must show no later key ([mask.IsCausal]). Errors are those of Plan.
	NewState(p Problem, o Options) (State, error)
}

// State is what a decoder remembers of a batch of sequences. Unlike a Plan it
// changes: one goroutine at a time may call it, and different States may be called
// at once. After an error it is as it was before the call.
type State interface {
	// Len is the number of tokens that batch entry b has taken.
	Len(b int) int
	// Bytes is the memory that the state holds, allocated whole by NewState.
	Bytes() int64
	// Workspace is the scratch that Extend needs, in float32s.
	Workspace() int
	// Append takes the tokens whose keys and values are a.K [B,Hkv,N,D] and
	// a.V [B,Hkv,N,Dv] (and Decay and Beta, where the rule asks for them) without
	// answering a query: n[b] rows of batch entry b, all N where n is nil. N is not
	// bounded by QLen.
	Append(a Args, n []int) error
	// Extend takes the tokens as Append does and answers their queries a.Q [B,Hq,N,D]
	// in a.Out [B,Hq,N,Dv], each seeing the tokens up to its own, and LSE [B,Hq,N] where
	// it is given. Rows from n[b] on are neither read nor written. However a sequence
	// is cut into pieces, Out is that of one Forward over the whole of it. A short ws
	// and an Out that overlaps something panic as in Forward.
	Extend(a Args, n []int, ws []float32) error
	// Truncate shortens batch entry b to its first n tokens. Where these are no longer
	// held it returns an error that wraps errors.ErrUnsupported.
	Truncate(b, n int) error
	// Reset empties batch entry b.
	Reset(b int)
}

// ValidateState reports what keeps p from being the Problem of a [State]: an
// inconsistency, or what only makes sense for a whole sequence.
func (p Problem) ValidateState() error {
	if p.QueryStart != nil || p.KVLens != nil {
		return errors.New("attn: QueryStart and KVLens are given: a State keeps them itself")
	}
	if err := p.Validate(); err != nil {
		return err
	}
	if p.QLen > p.KVLen {
		return fmt.Errorf("attn: QLen is %d: want at most KVLen = %d, the capacity of the State", p.QLen, p.KVLen)
	}
	if p.Bias != (BiasShape{}) {
		return fmt.Errorf("attn: Bias of a State: %w", errors.ErrUnsupported)
	}
	if !mask.IsCausal(p.VisibilityMask()) {
		return fmt.Errorf("attn: Mask %v shows later keys, which a State does not have; And it with causal: %w", p.VisibilityMask(), errors.ErrUnsupported)
	}
	if mask.HasFixedShape(p.VisibilityMask()) {
		return fmt.Errorf("attn: Mask %v is of one length, and a State grows: %w", p.VisibilityMask(), errors.ErrUnsupported)
	}
	return nil
}

// CheckAppend reports what keeps the rows of a from joining a State of p whose
// sequences have taken lens [Batch] tokens; n is that of [State.Append]. Every State
// calls it before it changes anything.
func (a *Args) CheckAppend(p *Problem, lens, n []int) error {
	rows := a.K.Shape[2]
	if rows < 1 {
		return fmt.Errorf("attn: K has shape %v: want at least one row", a.K.Shape)
	}
	piece := *p
	piece.QLen, piece.KVLen = rows, rows
	// Not by a table of pointers: a would move to the heap at every step.
	if err := cmp.Or(
		checkShape("K", &a.K, [4]int{p.Batch, p.KVHeads, rows, p.HeadDim}), checkShape("V", &a.V, [4]int{p.Batch, p.KVHeads, rows, p.ValueDim}),
		checkShape("Decay", &a.Decay, piece.decayShape()), checkShape("Beta", &a.Beta, piece.betaShape()),
	); err != nil {
		return err
	}
	switch {
	case a.Bias.Data != nil || a.State0.Data != nil || a.StateN.Data != nil || a.Norm0.Data != nil || a.NormN.Data != nil:
		return errors.New("attn: Bias, State0, StateN, Norm0 and NormN have no place in a State")
	case a.Projection.Data != nil:
		return errors.New("attn: Projection is given: a State keeps that of the rule's seed")
	}
	if n != nil && len(n) != p.Batch {
		return fmt.Errorf("attn: n has %d entries: want Batch = %d", len(n), p.Batch)
	}
	total := 0
	for b, taken := range lens {
		more := rows
		if n != nil {
			more = n[b]
		}
		if more < 0 || more > rows {
			return fmt.Errorf("attn: n[%d] is %d: want 0 to the %d rows of K", b, more, rows)
		}
		if more > p.KVLen-taken {
			return fmt.Errorf("attn: batch entry %d holds %d tokens and takes %d more: its capacity is %d", b, taken, more, p.KVLen)
		}
		total += more
	}
	if total == 0 {
		return errors.New("attn: n is 0 for every batch entry: nothing to take")
	}
	return nil
}

// CheckExtend is CheckAppend for [State.Extend], of which it also checks the queries
// and the outputs. It panics where ws is shorter than need or Out overlaps something.
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
	piece := *p
	piece.QLen, piece.KVLen = rows, rows
	a.Check(&piece, ws, need)
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
