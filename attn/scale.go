package attn

import "math"

// Scale multiplies the scores. The zero value is 1/sqrt(HeadDim); ScaleOf sets
// any other, 0 and negative ones too.
type Scale struct {
	set   bool
	value float32
}

// ScaleOf is the explicit scale x.
func ScaleOf(x float32) Scale { return Scale{true, x} }

// Value returns the factor for a head_dim.
func (s Scale) Value(headDim int) float64 {
	if s.set {
		return float64(s.value)
	}
	return 1 / math.Sqrt(float64(headDim))
}

// Explicit returns the value given to ScaleOf, and whether there was one.
func (s Scale) Explicit() (float32, bool) { return s.value, s.set }
