package attn

import (
	"fmt"
	"math"
	"math/bits"
	"slices"

	"attnbench/attn/mask"
)

// Kernels fold Scale into Q, multiply scores by 1/Softcap and slopes by distances, up to some
// 2^33. Outside of these bounds, which no model comes near, that would overflow or vanish
// where the definition does not.
const (
	minSoftcap         = 1e-6
	maxSoftcap         = 1e6
	maxFactor  float32 = 1e30 // of Scale and SinkLogits, either way
	maxSlope   float32 = 1e28 // of ALiBi, either way
)

// Validate reports the first inconsistency as an error that names the field.
func (p Problem) Validate() error {
	for _, f := range []struct {
		name  string
		value int
		max   int
	}{
		{"Batch", p.Batch, math.MaxInt}, {"QHeads", p.QHeads, math.MaxInt}, {"KVHeads", p.KVHeads, math.MaxInt},
		{"QLen", p.QLen, math.MaxInt32}, {"KVLen", p.KVLen, math.MaxInt32},
		{"HeadDim", p.HeadDim, MaxHeadDim}, {"ValueDim", p.ValueDim, MaxHeadDim},
	} {
		if f.value < 1 {
			return fmt.Errorf("attn: %s is %d: want at least 1", f.name, f.value)
		}
		if f.value > f.max {
			return fmt.Errorf("attn: %s is %d: want at most %d", f.name, f.value, f.max)
		}
	}
	if p.QHeads%p.KVHeads != 0 {
		return fmt.Errorf("attn: QHeads is %d, which KVHeads = %d does not divide", p.QHeads, p.KVHeads)
	}
	// The largest counts that any code forms are elements of a tensor and FLOPs.
	if product(p.Batch, p.QHeads, p.QLen, p.KVLen, 4, max(p.HeadDim, p.ValueDim)) < 0 ||
		p.Rule.Validate() == nil && product(p.Batch, p.QHeads, max(p.QLen, p.KVLen), 8, max(1, p.Features()), p.ValueDim) < 0 {
		return fmt.Errorf("attn: Batch, QHeads, QLen, KVLen, HeadDim and ValueDim are too large together: their product overflows")
	}
	if err := p.validatePerBatch(); err != nil {
		return err
	}
	if err := mask.Validate(p.VisibilityMask(), p.Shape()); err != nil {
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
	if p.Softcap != 0 && !(p.Softcap >= minSoftcap && p.Softcap <= maxSoftcap) {
		return fmt.Errorf("attn: Softcap is %v: want 0 (off) or %v to %v", p.Softcap, minSoftcap, maxSoftcap)
	}
	if math.Abs(p.Scale.Value(p.HeadDim)) > float64(maxFactor) {
		return fmt.Errorf("attn: Scale is %v: want at most %v either way", p.Scale.value, maxFactor)
	}
	for _, f := range []struct {
		name   string
		values []float32
		max    float32
	}{{"ALiBi", p.ALiBi, maxSlope}, {"SinkLogits", p.SinkLogits, maxFactor}} {
		if f.values != nil && len(f.values) != p.QHeads {
			return fmt.Errorf("attn: %s has %d entries: want QHeads = %d", f.name, len(f.values), p.QHeads)
		}
		if i := slices.IndexFunc(f.values, func(x float32) bool { return !finite(x) }); i >= 0 {
			return fmt.Errorf("attn: %s[%d] is %v: want a finite number", f.name, i, f.values[i])
		}
		if i := slices.IndexFunc(f.values, func(x float32) bool { return max(x, -x) > f.max }); i >= 0 {
			return fmt.Errorf("attn: %s[%d] is %v: want at most %v either way", f.name, i, f.values[i], f.max)
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

// validateState checks what belongs to recurrent rules: a state takes keys in order,
// so that a mask must show a prefix of the keys.
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
