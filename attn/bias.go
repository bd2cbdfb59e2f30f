package attn

import "fmt"

// BiasShape says that Args.Bias is added to the scores, and over what it is
// broadcast: the tensor has the shape [Batch, Heads, Nq, Nk], where Batch is 1 or
// Problem.Batch and Heads is 1 or Problem.QHeads. The zero value is no bias.
//
// A bias may hold -Inf, which makes the key invisible to the row, whatever K and V hold
// there. A finite bias hides no key: a row under -MaxFloat32 alone, as PyTorch's finfo.min
// pads, is the mean of its values. ONNX Attention's attn_mask of floats is a bias; one of
// booleans is a [mask.Keep].
type BiasShape struct{ Batch, Heads int }

// validate names the count that is neither 1 nor that of the Problem.
func (s BiasShape) validate(p *Problem) error {
	switch {
	case s == BiasShape{}:
		return nil
	case s.Batch != 1 && s.Batch != p.Batch:
		return fmt.Errorf("attn: Bias.Batch is %d: want 1 or Batch = %d", s.Batch, p.Batch)
	case s.Heads != 1 && s.Heads != p.QHeads:
		return fmt.Errorf("attn: Bias.Heads is %d: want 1 or QHeads = %d", s.Heads, p.QHeads)
	}
	return nil
}

// shape is that of Args.Bias; all zeros where there is none.
func (s BiasShape) shape(p *Problem) [4]int {
	if s == (BiasShape{}) {
		return [4]int{}
	}
	return [4]int{s.Batch, s.Heads, p.QLen, p.KVLen}
}

// BiasOf returns the batch entry and head of Args.Bias that (b, h) reads.
func (s BiasShape) BiasOf(b, h int) (batch, head int) { return min(b, s.Batch-1), min(h, s.Heads-1) }
