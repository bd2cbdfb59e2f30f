package attn

import (
	"errors"
	"fmt"
	"slices"
)

// CarriedState is implemented by a State of linear or recurrent rules that can start from what
// a Forward left, and hand its own sums to one: a prefill by Forward seeds decoding. Under
// FAVOR+ a feature that is far below another of its head gets lost on the way: see LogScaleN of
// [Args].
type CarriedState interface {
	State
	// Load makes batch entry b a sequence of length tokens, 0 to KVLen, whose sums are
	// a.State0 [B,Hkv,M,Dv] and, of linear rules, a.Norm0 [B,Hkv,1,M]. Under FAVOR+ they are
	// those of phi·e^-c, c = a.LogScale0 [B,Hkv] or 0, and of features by a.Projection
	// [1,1,M,D], which b then keeps until it is loaded again, reset or truncated to 0; without
	// it, of those by the projection of the rule's seed. B is Batch, and Load reads entry b, or 1. Load copies
	// what it reads, and no other field of a.
	Load(b, length int, a Args) error
	// Store writes the sums of batch entry b to a.StateN, a.NormN of linear rules and, where it
	// is given, a.LogScaleN of FAVOR+, whose c is 0 without it: to entry b, or to the only one.
	// A Forward of the tokens that follow, and of the same Projection, takes them as the first
	// state.
	Store(b int, a Args) error
}

// CheckLoad reports why a State of p cannot load a as length tokens of batch entry b, in the
// words of [CarriedState]. Else it returns the tensors of that entry alone.
func (a *Args) CheckLoad(p *Problem, b, length int) (Args, error) {
	entry := Args{State0: a.State0, Norm0: a.Norm0, LogScale0: a.LogScale0, Projection: a.Projection}
	if length < 0 || length > p.KVLen {
		return Args{}, fmt.Errorf("attn: Load of %d tokens: want 0 to the capacity, %d", length, p.KVLen)
	}
	if err := p.checkCarried(b, "0", &entry.State0, &entry.Norm0, &entry.LogScale0); err != nil {
		return Args{}, err
	}
	if i := slices.IndexFunc(entry.LogScale0, func(c float32) bool { return !finite(c) }); i >= 0 {
		return Args{}, fmt.Errorf("attn: LogScale0 of kv head %d is %v: want a finite number", i, entry.LogScale0[i])
	}
	if a.Projection.Data != nil && !isShape(&a.Projection, p.projectionShape()) {
		return Args{}, fmt.Errorf("attn: Projection has shape %v: want [1 1 %d %d] of FAVOR+, or none", a.Projection.Shape, p.Rule.Features, p.HeadDim)
	}
	if !a.Projection.inside() {
		return Args{}, errors.New("attn: Projection has strides that reach outside its data")
	}
	return entry, nil
}

// CheckStore is CheckLoad of [CarriedState.Store].
func (a *Args) CheckStore(p *Problem, b int) (Args, error) {
	entry := Args{StateN: a.StateN, NormN: a.NormN, LogScaleN: a.LogScaleN}
	if err := p.checkCarried(b, "N", &entry.StateN, &entry.NormN, &entry.LogScaleN); err != nil {
		return Args{}, err
	}
	if !entry.StateN.distinct() || !entry.NormN.distinct() {
		return Args{}, errors.New("attn: StateN or NormN has strides that fold rows together")
	}
	state, norm := entry.StateN.Data[:entry.StateN.extent()], entry.NormN.Data[:entry.NormN.extent()]
	if sliceOverlaps(state, norm) || sliceOverlaps(state, entry.LogScaleN) || sliceOverlaps(norm, entry.LogScaleN) {
		return Args{}, errors.New("attn: StateN, NormN or LogScaleN overlaps another of them")
	}
	return entry, nil
}

// checkCarried cuts entry b of p out of a state, its normaliser and its logarithms, whose names
// end in end.
func (p *Problem) checkCarried(b int, end string, state, norm *Tensor, log *[]float32) error {
	if b < 0 || b >= p.Batch {
		return fmt.Errorf("attn: batch entry %d: want 0 to %d", b, p.Batch-1)
	}
	if p.Rule.Kind == Softmax {
		return fmt.Errorf("attn: State%s of Rule %v: want a linear or a recurrent one", end, p.Rule)
	}
	if err := cutEntry("State"+end, state, p.Batch, b, [4]int{1, p.KVHeads, p.Features(), p.ValueDim}); err != nil {
		return err
	}
	switch {
	case p.Rule.Kind == Linear:
		if err := cutEntry("Norm"+end, norm, p.Batch, b, [4]int{1, p.KVHeads, 1, p.Features()}); err != nil {
			return err
		}
	case norm.Data != nil:
		return fmt.Errorf("attn: Norm%s is given: Rule %v has no normaliser", end, p.Rule)
	}
	switch n := len(*log); {
	case *log == nil:
	case p.Rule.Feature != Favor || n != p.KVHeads && n != p.Batch*p.KVHeads:
		return fmt.Errorf("attn: LogScale%s has %d elements: want Batch·KVHeads = %d, or KVHeads, of FAVOR+", end, n, p.Batch*p.KVHeads)
	case n > p.KVHeads:
		*log = (*log)[b*p.KVHeads:][:p.KVHeads]
	}
	return nil
}

// cutEntry makes t, of one batch entry or of as many as batch, a view of entry b.
func cutEntry(name string, t *Tensor, batch, b int, want [4]int) error {
	whole := want
	if t.Shape[0] != 1 {
		whole[0] = batch
	}
	if err := checkShape(name, t, whole); err != nil {
		return err
	}
	if t.Shape[0] != 1 {
		t.Data = t.Data[b*t.Stride[0]:]
		t.Shape[0] = 1
	}
	return nil
}
