package variants_test

import (
	"math"
	"math/rand/v2"
	"slices"

	"attnbench/attn"
	"attnbench/attn/mask"
	"attnbench/internal/input"
)

// drawn is a random Problem with its numbers.
type drawn struct {
	p       attn.Problem
	a       attn.Args
	family  string
	profile string
}

// profiles are those of package input and some of Gaussian numbers changed.
func profiles() []string {
	return append(input.Profiles(), "tiny", "long queries", "alike", "rising", "coarse", "one value", "wide values", "vast values", "constant rows", "tiny features")
}

// draw makes up a Problem of any rule, shape, mask and modifiers, on numbers of any profile.
func draw(rng *rand.Rand) drawn {
	d := drawn{p: attn.Problem{Batch: 1, KVHeads: 1, QHeads: 1 + rng.IntN(2), HeadDim: size(rng, 80), ValueDim: size(rng, 80)}}
	p := &d.p
	p.QLen, p.KVLen = 1+rng.IntN(40), size(rng, 300)
	if rng.IntN(60) == 0 {
		p.KVLen = 1000 + rng.IntN(5000)
	}
	if rng.IntN(2) == 0 {
		p.KVLen = max(p.KVLen, p.QLen)
	}
	if rng.IntN(16) == 0 {
		p.HeadDim, p.ValueDim, p.QLen, p.KVLen = 80+size(rng, 4000), size(rng, 16), 1+rng.IntN(4), size(rng, 40)
	}
	if rng.IntN(3) == 0 {
		d.batch(rng)
	}
	rules := attn.RuleTexts()
	if rule := rules[rng.IntN(len(rules))]; rng.IntN(2) == 0 && rule != "softmax" {
		d.fold(rng, rule)
	} else {
		d.modify(rng)
	}
	d.profile = pick(rng, profiles()...)
	d.fill(rng)
	return d
}

// batch gives the Problem batch entries, heads that share keys, keys of other numbers and
// queries that stand elsewhere.
func (d *drawn) batch(rng *rand.Rand) {
	p := &d.p
	p.Batch, p.KVHeads = 1+rng.IntN(3), 1+rng.IntN(3)
	p.QHeads = p.KVHeads * (1 + rng.IntN(4))
	p.QLen = 1 + p.QLen%8
	if rng.IntN(2) == 0 {
		for range p.Batch {
			p.KVLens = append(p.KVLens, rng.IntN(p.KVLen+1))
		}
	}
	if rng.IntN(2) == 0 {
		for range p.Batch {
			p.QueryStart = append(p.QueryStart, rng.IntN(2*p.KVLen+50)-50)
		}
	}
}

// size is 1 to most, small ones as often as large ones.
func size(rng *rand.Rand, most int) int {
	return 1 + int(math.Exp(rng.Float64()*math.Log(float64(most))))%most
}

func pick[T any](rng *rand.Rand, list ...T) T { return list[rng.IntN(len(list))] }

// modify sets what only softmax has.
func (d *drawn) modify(rng *rand.Rand) {
	p := &d.p
	d.family = "softmax"
	p.Mask = pick[attn.Mask](rng, attn.Full(), attn.Full(), attn.Causal(), attn.Window{Left: rng.IntN(60), Right: rng.IntN(20)},
		mask.StreamingLLM(rng.IntN(5), rng.IntN(50)), mask.Strided{Stride: 1 + rng.IntN(9)}, mask.BlockWindow{Block: 1 + rng.IntN(30), Left: 1, Right: 1},
		mask.RandomBlocks{Block: 8, Count: 3, Keys: p.KVLen, Seed: 1})
	if rng.IntN(4) == 0 {
		p.Scale = attn.ScaleOf(pick[float32](rng, 0, 1, -0.5, 3, 40, 1e-6, 1e30, -1e30))
	}
	if rng.IntN(5) == 0 {
		p.Softcap = pick[float32](rng, 1.5, 0.1, 30, 1e-6)
	}
	if rng.IntN(5) == 0 {
		p.ALiBi = make([]float32, p.QHeads)
		for h := range p.ALiBi {
			p.ALiBi[h] = float32(rng.NormFloat64())
		}
	}
	if rng.IntN(4) == 0 {
		p.SinkLogits = make([]float32, p.QHeads)
		for h := range p.SinkLogits {
			p.SinkLogits[h] = float32(rng.NormFloat64()) * pick[float32](rng, 1, 10, 50)
		}
	}
	if rng.IntN(6) == 0 {
		p.Bias = attn.BiasShape{Batch: pick(rng, 1, p.Batch), Heads: pick(rng, 1, p.QHeads)}
	}
}

// fold sets what only rules with a state have.
func (d *drawn) fold(rng *rand.Rand, text string) {
	p := &d.p
	if text == "linear:favor:FEATURES:SEED" {
		text = pick(rng, "linear:favor:20:3", "linear:favor:64:1")
	}
	d.family = text
	rule, err := attn.ParseRule(text)
	if err != nil {
		panic(err)
	}
	p.Rule, p.Mask = rule, pick(rng, attn.Causal(), attn.Causal(), attn.Full())
	if rule.Feature == attn.Taylor2 {
		p.HeadDim = 1 + p.HeadDim%16
	}
	if rule.Kind == attn.Linear {
		if rng.IntN(4) == 0 {
			p.Rule.Eps = pick[float32](rng, 0.5, 1e-6)
		}
	} else if rng.IntN(4) == 0 {
		p.Scale = attn.ScaleOf(pick[float32](rng, 1, -0.5, 3))
	}
	if rule.Decay == attn.FixedDecay {
		for range p.KVHeads {
			p.LogDecay = append(p.LogDecay, -pick(rng, 0.03, 0.001, 0, 1e-6, 0.5, 3, float32(math.Inf(1))))
		}
	}
}

// firstState gives a the sums of keys that came before, in the size of a few keys.
func firstState(rng *rand.Rand, p *attn.Problem, a *attn.Args) {
	m := p.Features()
	a.State0 = attn.NewTensor(p.Batch, p.KVHeads, m, p.ValueDim)
	for i := range a.State0.Data {
		a.State0.Data[i] = float32(rng.NormFloat64())
	}
	if p.Rule.Kind != attn.Linear {
		return
	}
	a.Norm0 = attn.NewTensor(p.Batch, p.KVHeads, 1, m)
	for i := range a.Norm0.Data {
		a.Norm0.Data[i] = 2 * rng.Float32()
	}
	if p.Rule.Feature == attn.Favor && rng.IntN(2) == 0 {
		for range p.Batch * p.KVHeads {
			a.LogScale0 = append(a.LogScale0, float32(rng.NormFloat64())*pick[float32](rng, 1, 30))
		}
	}
}

// fill makes the numbers: those of package input, or of Gaussian numbers another profile.
func (d *drawn) fill(rng *rand.Rand) {
	profile := d.profile
	if !slices.Contains(input.Profiles(), profile) {
		profile = "gaussian"
	}
	a, err := input.Args(d.p, profile, rng.Uint64())
	if err != nil {
		panic(err)
	}
	each := func(t attn.Tensor, f func(j int, x float32) float32) {
		for i := range t.Shape[0] * t.Shape[1] * t.Shape[2] {
			j := i % t.Shape[2]
			row := t.Row(i/t.Shape[2]/t.Shape[1], i/t.Shape[2]%t.Shape[1], j)
			for c, x := range row {
				row[c] = f(j, x)
			}
		}
	}
	switch d.profile {
	case "tiny":
		factor := pick[float32](rng, 1e-6, 1e-20, 1e-38)
		each(a.Q, func(_ int, x float32) float32 { return x * factor })
		each(a.V, func(_ int, x float32) float32 { return x * factor })
	case "long queries":
		factor := pick[float32](rng, 30, 300)
		each(a.Q, func(_ int, x float32) float32 { return x * factor })
	case "alike": // three keys and values in turn
		each(a.K, func(j int, x float32) float32 { return a.K.Row(0, 0, j%3)[0] })
		each(a.V, func(j int, x float32) float32 { return a.V.Row(0, 0, j%3)[0] })
	case "rising": // the maximum rises with every key
		each(a.Q, func(_ int, x float32) float32 { return float32(math.Abs(float64(x))) })
		slope := pick[float32](rng, 0.001, 0.1)
		each(a.K, func(j int, x float32) float32 { return slope * float32(j) * (1 + x/100) })
		if d.p.Rule.Kind == attn.Recurrent {
			each(a.K, func(_ int, x float32) float32 { return min(1, x) / 8 })
		}
	case "coarse":
		for _, t := range []attn.Tensor{a.Q, a.K, a.V} {
			each(t, func(_ int, x float32) float32 { return float32(math.Round(float64(4*x))) / 4 })
		}
		if d.p.Rule.Delta {
			each(a.K, func(_ int, x float32) float32 { return x / 4 })
		}
	case "one value":
		each(a.V, func(int, float32) float32 { return 1.1 })
	case "vast values":
		each(a.V, func(_ int, x float32) float32 { return min(max(x, -3), 3) * 1.1e38 })
	case "constant rows":
		for _, t := range []attn.Tensor{a.Q, a.K} {
			for at := 0; at < len(t.Data); at += t.Shape[3] {
				for c := range t.Shape[3] {
					t.Data[at+c] = t.Data[at]
				}
			}
		}
	case "tiny features": // of elu+1, of relu
		shift, factor := pick[float32](rng, 38, 44, 50, 80, 200), pick[float32](rng, 1e-10, 1e-18, 1e-22, 1e-30)
		for _, t := range []attn.Tensor{a.Q, a.K} {
			each(t, func(_ int, x float32) float32 {
				if d.p.Rule.Kind == attn.Linear && d.p.Rule.Feature == attn.EluPlus1 {
					return x - shift
				}
				return x * factor
			})
		}
	case "wide values":
		each(a.V, func(_ int, x float32) float32 { return float32(math.Exp(3*float64(x))) * x })
	}
	if rng.IntN(3) == 0 {
		wild := []float32{-math.MaxFloat32, float32(math.Inf(-1)), -2.5e38, 2.4e38}
		each(a.Bias, func(_ int, x float32) float32 {
			if i := rng.IntN(36); i < len(wild) {
				return wild[i]
			}
			return x
		})
	}
	if d.p.Rule.Delta && rng.IntN(2) == 0 { // up to beta·|k|² = 4
		factor := 1 + rng.Float32()
		each(a.K, func(_ int, x float32) float32 { return factor * x })
		if d.p.KVLen > 60 {
			each(a.Beta, func(_ int, x float32) float32 { return x / (factor * factor) })
		}
	}
	if d.p.Rule.Kind != attn.Softmax && d.profile != "vast values" && rng.IntN(4) == 0 {
		firstState(rng, &d.p, &a)
	}
	d.a = a
}
