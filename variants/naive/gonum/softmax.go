package gonum

import (
	"math"

	"attnbench/attn"
)

func (x *plan) sink(h int) float64 {
	if x.p.SinkLogits == nil {
		return math.Inf(-1)
	}
	return float64(x.p.SinkLogits[h])
}

// softmax turns the scores of query row r into weights and returns their LSE.
func (x *plan) softmax(row []float32, biases attn.Tensor, b, h, r int) (lse float64) {
	t, top := x.p.Start(b)+r, float32(x.sink(h))
	var bias []float32
	if x.p.Bias != (attn.BiasShape{}) {
		entry, head := x.p.Bias.BiasOf(b, h)
		bias = biases.Row(entry, head, r)
	}
	for k0 := 0; k0 < len(row); k0 += 64 {
		seen := x.mask.Bits(b, h, t, k0)
		for j := k0; j < min(k0+64, len(row)); j++ {
			if seen>>(j-k0)&1 == 0 || bias != nil && math.IsInf(float64(bias[j]), -1) {
				row[j] = float32(math.Inf(-1))
				continue
			}
			if x.p.HasScoreModifiers() {
				row[j] = x.modify(row[j], h, t, j)
			}
			if bias != nil {
				row[j] = biased(row[j], bias[j])
			}
			top = max(top, row[j])
		}
	}
	if math.IsInf(float64(top), -1) {
		clear(row)
		return math.Inf(-1)
	}
	// In float32 this sum alone would exceed the error budget by a hundredth where
	// some hundred weights are alike.
	sum := math.Exp(x.sink(h) - float64(top))
	for j, score := range row {
		row[j] = float32(math.Exp(float64(score - top)))
		sum += float64(row[j])
	}
	for j := range row {
		row[j] = float32(float64(row[j]) / sum)
	}
	return float64(top) + math.Log(sum)
}

func (x *plan) modify(score float32, h, t, j int) float32 {
	s := float64(score)
	if c := float64(x.p.Softcap); c != 0 {
		s = c * math.Tanh(s/c)
	}
	if x.p.ALiBi != nil {
		s -= float64(x.p.ALiBi[h]) * math.Abs(float64(t-j))
	}
	return float32(s)
}

// biased is score + bias, which for finite ones is finite: past the range of float32 it is
// the end of that range, so that a finite bias never hides a key.
func biased(score, bias float32) float32 {
	low, high := min(score, -math.MaxFloat32), max(score, bias, math.MaxFloat32)
	return min(max(score+bias, low), high)
}
