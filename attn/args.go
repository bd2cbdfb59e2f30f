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
	// LogScale0 and LogScaleN [B,Hkv], optional, belong to a state of FAVOR+, whose
	// features may be too small for a float32 where their quotients are not: State0 and
	// Norm0 hold sums of phi·e^-c, c = LogScale0, and Forward chooses the c of StateN and
	// NormN and writes it to LogScaleN. Without them c is 0. One c serves all features of a
	// head, and float32 ends at e^-103: a feature whose sum is below about e^-100 of the
	// largest is 0 in StateN and NormN, though a single Forward keeps it. With Gaussian rows of
	// D = 64 that begins at a standard deviation of 14; at 30 it makes another output of a
	// sequence that was cut.
	LogScale0, LogScaleN []float32
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

// stateShapes are those of a state and of its normaliser; all zeros where there is none.
func (p *Problem) stateShapes() (state, norm [4]int) {
	if p.Rule.Kind != Softmax {
		state = [4]int{p.Batch, p.KVHeads, p.Features(), p.ValueDim}
	}
	if p.Rule.Kind == Linear {
		norm = [4]int{p.Batch, p.KVHeads, 1, p.Features()}
	}
	return state, norm
}

// projectionShape is that of Args.Projection; all zeros where there is none.
func (p *Problem) projectionShape() [4]int {
	if p.Rule.Feature == Favor {
		return [4]int{1, 1, p.Rule.Features, p.HeadDim}
	}
	return [4]int{}
}
