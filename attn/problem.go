package attn

import (
	"fmt"
	"math"
	"math/bits"
	"slices"
	"strings"

	"attnbench/attn/mask"
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

// Kernels fold Scale/Softcap into Q, and take logits in units of log2: outside of these
// bounds, far from what a model uses, that would overflow or vanish where the definition
// does not.
const (
	leastSoftcap         = 1e-6
	mostSoftcap          = 1e6
	mostFactor   float32 = 1e30 // of Scale, ALiBi and SinkLogits, either way
)

// Validate reports the first inconsistency as an error that names the field.
func (p Problem) Validate() error {
	for _, f := range []struct {
		name  string
		value int
		most  int
	}{
		{"Batch", p.Batch, math.MaxInt}, {"QHeads", p.QHeads, math.MaxInt}, {"KVHeads", p.KVHeads, math.MaxInt},
		{"QLen", p.QLen, math.MaxInt32}, {"KVLen", p.KVLen, math.MaxInt32},
		{"HeadDim", p.HeadDim, MaxHeadDim}, {"ValueDim", p.ValueDim, MaxHeadDim},
	} {
		if f.value < 1 {
			return fmt.Errorf("attn: %s is %d: want at least 1", f.name, f.value)
		}
		if f.value > f.most {
			return fmt.Errorf("attn: %s is %d: want at most %d", f.name, f.value, f.most)
		}
	}
	if p.QHeads%p.KVHeads != 0 {
		return fmt.Errorf("attn: QHeads is %d, which KVHeads = %d does not divide", p.QHeads, p.KVHeads)
	}
	// The largest counts that are formed: elements of a tensor, and FLOPs.
	if product(p.Batch, p.QHeads, p.QLen, p.KVLen, 4, max(p.HeadDim, p.ValueDim)) < 0 ||
		p.Rule.Validate() == nil && product(p.Batch, p.QHeads, max(p.QLen, p.KVLen), 8, max(1, p.Features()), p.ValueDim) < 0 {
		return fmt.Errorf("attn: Batch, QHeads, QLen, KVLen, HeadDim and ValueDim are too large together: their product overflows")
	}
	if err := p.validatePerBatch(); err != nil {
		return err
	}
	if err := mask.Validate(p.Mask, p.Shape()); err != nil {
		return fmt.Errorf("attn: Mask: %w", err)
	}
	return p.validateModifiers()
}

func (p Problem) validatePerBatch() error {
	if p.QueryStart != nil && len(p.QueryStart) != p.Batch {
		return fmt.Errorf("attn: QueryStart has %d entries: want Batch = %d", len(p.QueryStart), p.Batch)
	}
	for b, start := range p.QueryStart {
		if start < -math.MaxInt32 || start > math.MaxInt32 {
			return fmt.Errorf("attn: QueryStart[%d] is %d: want at most %d either way", b, start, math.MaxInt32)
		}
	}
	if p.KVLens != nil && len(p.KVLens) != p.Batch {
		return fmt.Errorf("attn: KVLens has %d entries: want Batch = %d", len(p.KVLens), p.Batch)
	}
	for b, n := range p.KVLens {
		if n < 0 || n > p.KVLen {
			return fmt.Errorf("attn: KVLens[%d] is %d: want 0 to KVLen = %d", b, n, p.KVLen)
		}
	}
	return nil
}

func (p Problem) validateModifiers() error {
	if err := p.Rule.Validate(); err != nil {
		return fmt.Errorf("attn: Rule: %w", err)
	}
	if !finite(float32(p.Scale.Value(p.HeadDim))) {
		return fmt.Errorf("attn: Scale is %v: want a finite number", p.Scale.value)
	}
	if p.Rule.Feature.scales() && p.Scale.Value(p.HeadDim) < 0 {
		return fmt.Errorf("attn: Scale is %v: Rule %v takes its square root", p.Scale.value, p.Rule)
	}
	if p.Softcap != 0 && !(p.Softcap >= leastSoftcap && p.Softcap <= mostSoftcap) {
		return fmt.Errorf("attn: Softcap is %v: want 0 (off) or %v to %v", p.Softcap, leastSoftcap, mostSoftcap)
	}
	if math.Abs(p.Scale.Value(p.HeadDim)) > float64(mostFactor) {
		return fmt.Errorf("attn: Scale is %v: want at most %v either way", p.Scale.value, mostFactor)
	}
	for _, f := range []struct {
		name   string
		values []float32
	}{{"ALiBi", p.ALiBi}, {"SinkLogits", p.SinkLogits}} {
		if f.values != nil && len(f.values) != p.QHeads {
			return fmt.Errorf("attn: %s has %d entries: want QHeads = %d", f.name, len(f.values), p.QHeads)
		}
		if i := slices.IndexFunc(f.values, func(x float32) bool { return !finite(x) }); i >= 0 {
			return fmt.Errorf("attn: %s[%d] is %v: want a finite number", f.name, i, f.values[i])
		}
		if i := slices.IndexFunc(f.values, func(x float32) bool { return max(x, -x) > mostFactor }); i >= 0 {
			return fmt.Errorf("attn: %s[%d] is %v: want at most %v either way", f.name, i, f.values[i], mostFactor)
		}
	}
	if err := p.Bias.validate(&p); err != nil {
		return err
	}
	if p.Rule.Kind != Softmax && (p.Softcap != 0 || p.ALiBi != nil || p.SinkLogits != nil || p.Bias != BiasShape{}) {
		return fmt.Errorf("attn: Softcap, ALiBi, Bias and SinkLogits belong to softmax: Rule is %v", p.Rule)
	}
	return p.validateState()
}

// validateState checks what belongs to recurrent rules: keys enter a state in order,
// so that a mask must show a prefix of them.
func (p Problem) validateState() error {
	fixed := p.Rule.Decay == FixedDecay
	if fixed && len(p.LogDecay) != p.KVHeads || !fixed && p.LogDecay != nil {
		return fmt.Errorf("attn: LogDecay has %d entries: want KVHeads = %d with Rule.Decay FixedDecay, else none", len(p.LogDecay), p.KVHeads)
	}
	for g, x := range p.LogDecay {
		if !(x <= 0) {
			return fmt.Errorf("attn: LogDecay[%d] is %v: want 0 or less", g, x)
		}
	}
	if m := p.VisibilityMask(); p.Rule.Kind == Recurrent && m != Full() && m != Causal() {
		return fmt.Errorf("attn: Mask is %v: Rule %v wants full or causal", m, p.Rule)
	}
	return nil
}

func finite(x float32) bool { return x-x == 0 }

// product multiplies positive factors; -1 stands for a result past int64.
func product(factors ...int) int64 {
	total := uint64(1)
	for _, f := range factors {
		hi, lo := bits.Mul64(total, uint64(f))
		if hi != 0 || lo > math.MaxInt64 {
			return -1
		}
		total = lo
	}
	return int64(total)
}

// VisibilityMask is Mask, or the full mask where it is nil.
func (p Problem) VisibilityMask() Mask {
	if p.Mask == nil {
		return Full()
	}
	return p.Mask
}

// Start is the position of query row 0 of batch entry b.
func (p Problem) Start(b int) int { return p.Shape().Start(b) }

// Keys is the number of valid keys of batch entry b.
func (p Problem) Keys(b int) int { return p.Shape().Keys(b) }

// KVHead is the key/value head that query head h reads.
func (p Problem) KVHead(h int) int { return h / (p.QHeads / p.KVHeads) }

// HasScoreModifiers reports whether anything but the scale stands between a
// score and the mask.
func (p Problem) HasScoreModifiers() bool {
	return p.Softcap != 0 || p.ALiBi != nil || p.Bias != BiasShape{}
}

// VisiblePairs counts the visible (query row, key) pairs over all batch entries
// and query heads.
func (p Problem) VisiblePairs() int64 {
	m := p.VisibilityMask()
	batch, head := m.Varies()
	batches, heads := 1, 1
	if batch || p.QueryStart != nil || p.KVLens != nil {
		batches = p.Batch
	}
	if head {
		heads = p.QHeads
	}
	var pairs int64
	for b := range batches {
		for h := range heads {
			for i := range p.QLen {
				pairs += int64(mask.VisibleIn(m, b, h, p.Start(b)+i, p.Keys(b)))
			}
		}
	}
	return pairs * int64(p.Batch/batches) * int64(p.QHeads/heads)
}

// FLOPs is the useful work, a multiply and an add each counted as one. Softmax:
// 2·(D+Dv) per visible pair and query head. Linear rules: 4·M·Dv per query head
// and token, half of it for taking a key in and half for answering a query; delta
// rules another 2·M·Dv per key, for what the state answers to it.
func (p Problem) FLOPs() int64 {
	if p.Rule.Kind != Softmax {
		var rows int64
		for b := range p.Batch {
			rows += int64(p.QLen) + int64(p.Keys(b))
			if p.Rule.Delta {
				rows += int64(p.Keys(b))
			}
		}
		return 2 * rows * int64(p.QHeads) * int64(p.Features()) * int64(p.ValueDim)
	}
	return 2 * int64(p.HeadDim+p.ValueDim) * p.VisiblePairs()
}

// InputBytes is the size of Q, K, V, Bias, Decay and Beta in bytes.
func (p Problem) InputBytes() int64 {
	q := int64(p.Batch) * int64(p.QHeads) * int64(p.QLen) * int64(p.HeadDim)
	kv := int64(p.Batch) * int64(p.KVHeads) * int64(p.KVLen) * int64(p.HeadDim+p.ValueDim)
	bias := int64(p.Bias.Batch) * int64(p.Bias.Heads) * int64(p.QLen) * int64(p.KVLen)
	tokens := int64(p.Batch) * int64(p.KVHeads) * int64(p.KVLen)
	gates := tokens * int64(p.decayShape()[3]+p.betaShape()[3])
	return 4 * (q + kv + bias + gates)
}

// OutputBytes is the size of Out in bytes.
func (p Problem) OutputBytes() int64 {
	return 4 * int64(p.Batch) * int64(p.QHeads) * int64(p.QLen) * int64(p.ValueDim)
}

// MinBytes is the least memory traffic of any method: every input read once,
// every output written once.
func (p Problem) MinBytes() int64 { return p.InputBytes() + p.OutputBytes() }

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
