package attn

// Args are the tensors of one Forward. They go by value, so that a call does not allocate.
type Args struct {
	Out, Q, K, V Tensor    // [B,Hq,Nq,Dv] [B,Hq,Nq,D] [B,Hkv,Nk,D] [B,Hkv,Nk,Dv]
	LSE          []float32 // optional [B,Hq,Nq], natural logarithm; softmax rules only
	Bias         Tensor    // [B|1,Hq|1,Nq,Nk] where Problem.Bias asks for it

	// For recurrent rules whose Decay and Delta ask for them: the logarithm of the decay,
	// 0 or less, [B,Hkv,Nk,1] or [B,Hkv,Nk,D], and beta [B,Hkv,Nk,1].
	Decay, Beta Tensor
	// Projection [1,1,M,D] is that of Favor; without it FavorProjection of the rule's seed.
	Projection Tensor
	// State0 and StateN [B,Hkv,M,Dv], optional, belong to linear and recurrent rules:
	// State0 is the state before the first key, else zeros, and Forward writes the state
	// after the last valid key to StateN. Norm0 and NormN [B,Hkv,1,M] are the sums of key
	// features that linear rules divide by; each comes with its state.
	State0, StateN Tensor
	Norm0, NormN   Tensor
}

// NewArgs allocates packed, zeroed tensors for a Forward of p: Q, K, V and Out, and Bias,
// Decay and Beta where p asks for them.
func NewArgs(p Problem) Args {
	return Args{
		Out: NewTensor(p.Batch, p.QHeads, p.QLen, p.ValueDim), Q: NewTensor(p.Batch, p.QHeads, p.QLen, p.HeadDim),
		K: NewTensor(p.Batch, p.KVHeads, p.KVLen, p.HeadDim), V: NewTensor(p.Batch, p.KVHeads, p.KVLen, p.ValueDim),
		Bias: optional(p.Bias.shape(&p)), Decay: optional(p.decayShape()), Beta: optional(p.betaShape()),
	}
}

// optional is a tensor that has no memory where the shape is all zeros.
func optional(shape [4]int) Tensor {
	if shape == [4]int{} {
		return Tensor{}
	}
	return NewTensor(shape[0], shape[1], shape[2], shape[3])
}

// The messages are constant, so that callers can tell a misuse by its panic.
const (
	panicWorkspace = "attn: workspace shorter than Plan.Workspace"
	panicShape     = "attn: tensor shape differs from the Problem's"
	panicView      = "attn: tensor strides reach outside its data, or Out's fold rows together"
	panicOverlap   = "attn: Out, LSE or workspace overlaps another tensor"
	panicMerge     = "attn: Merge of results whose shapes or LSE lengths differ"
	panicLSE       = "attn: LSE length differs from Batch·QHeads·QLen, or the rule has none"
)

// decayShape is that of Args.Decay; all zeros where there is none.
func (p *Problem) decayShape() [4]int {
	switch p.Rule.Decay {
	case HeadDecay:
		return [4]int{p.Batch, p.KVHeads, p.KVLen, 1}
	case DimDecay:
		return [4]int{p.Batch, p.KVHeads, p.KVLen, p.HeadDim}
	}
	return [4]int{}
}

// betaShape is that of Args.Beta; all zeros where there is none.
func (p *Problem) betaShape() [4]int {
	if p.Rule.Delta {
		return [4]int{p.Batch, p.KVHeads, p.KVLen, 1}
	}
	return [4]int{}
}

// isState reports whether s and its normaliser z may stand for a state of p: absent,
// or of its shapes.
func (p *Problem) isState(s, z *Tensor) bool {
	switch {
	case s.Data == nil:
		return z.Data == nil
	case p.Rule.Kind == Softmax || s.Shape != [4]int{p.Batch, p.KVHeads, p.Features(), p.ValueDim}:
		return false
	case p.Rule.Kind == Recurrent:
		return z.Data == nil
	}
	return z.Data != nil && z.Shape == [4]int{p.Batch, p.KVHeads, 1, p.Features()}
}

// isProjection reports whether t may stand for the projection of p: absent, or of its shape.
func (p *Problem) isProjection(t *Tensor) bool {
	return t.Data == nil || p.Rule.Feature == Favor && t.Shape == [4]int{1, 1, p.Rule.Features, p.HeadDim}
}

// Check panics with a constant message where a does not fit p, ws is shorter than need,
// or an output or ws overlaps another tensor. Every Forward calls Check first.
func (a *Args) Check(p *Problem, ws []float32, need int) {
	if len(ws) < need {
		panic(panicWorkspace)
	}
	if a.Q.Shape != [4]int{p.Batch, p.QHeads, p.QLen, p.HeadDim} ||
		a.K.Shape != [4]int{p.Batch, p.KVHeads, p.KVLen, p.HeadDim} ||
		a.V.Shape != [4]int{p.Batch, p.KVHeads, p.KVLen, p.ValueDim} ||
		a.Out.Shape != [4]int{p.Batch, p.QHeads, p.QLen, p.ValueDim} {
		panic(panicShape)
	}
	if a.Bias.Shape != p.Bias.shape(p) || a.Decay.Shape != p.decayShape() || a.Beta.Shape != p.betaShape() ||
		!p.isState(&a.State0, &a.Norm0) || !p.isState(&a.StateN, &a.NormN) || !p.isProjection(&a.Projection) {
		panic(panicShape)
	}
	inputs := [9]*Tensor{&a.Q, &a.K, &a.V, &a.Bias, &a.Decay, &a.Beta, &a.State0, &a.Norm0, &a.Projection}
	outputs := [3]*Tensor{&a.Out, &a.StateN, &a.NormN}
	for _, out := range outputs {
		if !out.inside() || !out.distinct() {
			panic(panicView)
		}
	}
	for _, in := range inputs {
		if !in.inside() {
			panic(panicView)
		}
	}
	if a.LSE != nil && (len(a.LSE) != p.Batch*p.QHeads*p.QLen || p.Rule.Kind != Softmax) {
		panic(panicLSE)
	}
	written := [5][]float32{ws[:need], a.LSE}
	for i, out := range outputs {
		written[2+i] = out.Data[:out.extent()]
	}
	for i, x := range written {
		for _, y := range written[:i] {
			if sliceOverlaps(x, y) {
				panic(panicOverlap)
			}
		}
		for _, in := range inputs {
			if sliceOverlaps(x, in.Data[:in.extent()]) {
				panic(panicOverlap)
			}
		}
	}
}
