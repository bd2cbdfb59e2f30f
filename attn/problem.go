package attn

import (
	"fmt"
	"strings"
)

// MaxHeadDim is the largest HeadDim and ValueDim that a Problem may have.
const MaxHeadDim = 65536

// Problem is one attention computation: shapes, mask, scale, score modifiers and
// rule. It says what is computed and never how. See the package documentation
// for the notation and every convention. A Problem is treated as immutable.
type Problem struct {
	Batch, QHeads, KVHeads, QLen, KVLen, HeadDim, ValueDim int

	Mask       Mask      // which keys a query sees; nil: all
	QueryStart []int     // [Batch] position of query row 0; nil: KVLen-QLen (bottom-right)
	KVLens     []int     // [Batch] valid keys, 0 .. KVLen; nil: KVLen
	Scale      Scale     // zero value: 1/sqrt(HeadDim)
	Softcap    float32   // 0 is off; otherwise s = Softcap·tanh(s/Softcap), of 1e-6 to 1e6
	ALiBi      []float32 // [QHeads] slopes; nil is off
	SinkLogits []float32 // [QHeads] one more logit in the denominator; nil is off
	Bias       BiasShape // of Args.Bias, added to the scores; zero value: none
	Rule       Rule      // zero value: softmax
	LogDecay   []float32 // [KVHeads] of a rule with FixedDecay, each 0 or less
}

// VisibilityMask is Mask, or the full mask where it is nil.
func (p *Problem) VisibilityMask() Mask {
	if p.Mask == nil {
		return Full()
	}
	return p.Mask
}

// Start is the position of query row 0 of batch entry b.
func (p *Problem) Start(b int) int {
	if p.QueryStart != nil {
		return p.QueryStart[b]
	}
	return p.KVLen - p.QLen
}

// Keys is the number of valid keys of batch entry b.
func (p *Problem) Keys(b int) int {
	if p.KVLens != nil {
		return p.KVLens[b]
	}
	return p.KVLen
}

// KVHead is the key/value head that query head h reads.
func (p *Problem) KVHead(h int) int { return h / (p.QHeads / p.KVHeads) }

// HasScoreModifiers reports whether anything but the scale stands between a
// score and the mask.
func (p *Problem) HasScoreModifiers() bool {
	return p.Softcap != 0 || p.ALiBi != nil || p.Bias != BiasShape{}
}

// String names the Problem in one line, with whatever differs from the default:
// the key under which records of the same Problem meet.
func (p Problem) String() string {
	var s strings.Builder
	fmt.Fprintf(&s, "b%d h%d:%d n%d:%d d%d:%d %v %v", p.Batch, p.QHeads, p.KVHeads,
		p.QLen, p.KVLen, p.HeadDim, p.ValueDim, p.VisibilityMask(), p.Rule)
	for _, m := range p.Modifiers() {
		s.WriteString(" " + m)
	}
	return s.String()
}
