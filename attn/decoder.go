package attn

import (
	"errors"
	"fmt"

	"attnbench/attn/mask"
)

// Decoder is implemented by variants that take a sequence in chunks, as it is generated.
// Softmax variants keep a KV cache, linear ones fold keys and values into a state of fixed
// size; callers cannot tell.
type Decoder interface {
	Variant
	// NewState makes the state of p.Batch empty sequences of which each may grow to
	// p.KVLen tokens, the capacity, by at most p.QLen in one Extend. The State keeps the
	// positions of the tokens: p must leave QueryStart and KVLens nil, and its mask
	// must show no later key ([mask.IsCausal]). Errors are those of Plan.
	NewState(p Problem, o Options) (State, error)
}

// State is what a decoder keeps of a batch of sequences. Unlike a Plan, a State
// changes: only one goroutine at a time may call it, while different States may be called
// at once. A call that returns an error changes nothing.
type State interface {
	// Len is the number of tokens that batch entry b has taken.
	Len(b int) int
	// Bytes is the memory that the state holds, allocated whole by NewState, but for a
	// Projection of [CarriedState.Load].
	Bytes() int64
	// Workspace is the scratch that Extend needs, in float32s.
	Workspace() int
	// Append takes the tokens whose keys and values are a.K [B,Hkv,N,D] and
	// a.V [B,Hkv,N,Dv] (and Decay and Beta, where the rule asks for them) without any
	// output: n[b] rows of batch entry b, all N where n is nil. QLen does not bound N.
	// Tokens past the capacity are ErrFull.
	Append(a Args, n []int) error
	// Extend takes the tokens as Append does, and outputs what their queries a.Q
	// [B,Hq,N,D] see up to their own token: a.Out [B,Hq,N,Dv], and LSE [B,Hq,N] where it
	// is given. Extend neither reads nor writes rows from n[b] on. However a caller cuts a
	// sequence into chunks, Out is that of one Forward over all of it. A short ws and an
	// Out that overlaps another tensor panic as in Forward.
	Extend(a Args, n []int, ws []float32) error
	// Truncate shortens batch entry b to its first n tokens; to none as Reset does. Where the
	// State no longer holds what they see, Truncate returns an error that wraps
	// errors.ErrUnsupported.
	Truncate(b, n int) error
	// Reset empties batch entry b, and drops a Projection of [CarriedState.Load].
	Reset(b int)
}

// ErrFull is what Append and Extend return, wrapped, where a sequence would outgrow the
// capacity. The State is as before: the caller can Reset, Truncate or end the sequence.
var ErrFull = errors.New("the State is full")

// ValidateState reports what keeps p from being the Problem of a [State]: an
// inconsistency, or a field that only makes sense for a whole sequence.
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
