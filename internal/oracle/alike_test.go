package oracle

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"attnbench/attn"
)

// within fails where the definition in float32 misses its own budget.
func within(t *testing.T, name string, p attn.Problem, a attn.Args) {
	t.Helper()
	out := make([]float32, p.ValueDim)
	a.Out = attn.NewTensor(1, 1, 1, p.ValueDim)
	lse := Eval(&p, &a, Row{}, out)
	copy(a.Out.Data, out)
	lses := []float32{lse}
	if p.Rule.Kind != attn.Softmax {
		lses = nil
	}
	if v := Compare(&p, []Expected{Expect(&p, &a, Row{})}, a.Out, lses); v.First != "" {
		t.Errorf("%s: %s (%.3g times its budget)", name, v.First, v.Worst)
	}
}

// constantRows has the same number in all dims of a row, so that the products of a sum over
// dims are the same number, which every partial sum of a magnitude rounds by the same.
func constantRows(rule string, d int, k float32) (attn.Problem, attn.Args) {
	p := attn.Problem{Batch: 1, QHeads: 1, KVHeads: 1, QLen: 1, KVLen: 2, HeadDim: d, ValueDim: 1}
	p.Rule, _ = attn.ParseRule(rule)
	if p.Rule.Decay == attn.FixedDecay {
		p.LogDecay = []float32{0}
	}
	a := attn.NewArgs(p)
	if p.Rule.Kind == attn.Recurrent {
		p.Scale = attn.ScaleOf(1)
		k /= float32(math.Sqrt(float64(d)))
		a.Beta = attn.Packed([]float32{1, 1}, 1, 1, 2, 1)
	}
	for c := range d {
		a.Q.Data[c], a.K.Data[c], a.K.Data[d+c] = 1, k, k*1.003
	}
	a.V.Data[0], a.V.Data[1] = 1, -1
	return p, a
}

func TestSumsOverDimsThatAreAlikeRoundAlike(t *testing.T) {
	for _, rule := range []string{"softmax", "linear:elu1", "linear:relu", "retention", "delta"} {
		for _, d := range []int{64, 1024, 4096} {
			for s := range 40 {
				k := 0.1 + float32(s)*0.0137
				p, a := constantRows(rule, d, k)
				within(t, fmt.Sprintf("%s: %d dims of %v", rule, d, k), p, a)
			}
		}
	}
}

// A state that its tokens hardly change loses the same to a decay at each of them, in each dim
// something else: where the dims cancel in the output, what they lost does not.
func TestAStateThatHardlyChangesRoundsAlike(t *testing.T) {
	const n, m = 20000, 16
	rng := rand.New(rand.NewPCG(1, 1))
	for _, logDecay := range []float32{0, -1e-7, -1e-6, -1e-5, -1e-3} {
		for _, k := range []float32{1e-30, 1e-7, 1e-4} {
			p := attn.Problem{Batch: 1, QHeads: 1, KVHeads: 1, QLen: 1, KVLen: n, HeadDim: m, ValueDim: 1, Scale: attn.ScaleOf(1), LogDecay: []float32{logDecay}}
			p.Rule, _ = attn.ParseRule("retention")
			a := attn.NewArgs(p)
			for i := range a.K.Data {
				a.K.Data[i] = k * float32(rng.NormFloat64())
			}
			for j := range a.V.Data {
				a.V.Data[j] = float32(rng.NormFloat64())
			}
			a.State0 = attn.NewTensor(1, 1, m, 1)
			sum := float32(0)
			for i := range m {
				a.Q.Data[i], a.State0.Data[i] = 1, float32(rng.NormFloat64())
				if i == m-1 {
					a.State0.Data[i] = -sum
				}
				sum += a.State0.Data[i]
			}
			within(t, fmt.Sprintf("log decay %v, keys of %v", logDecay, k), p, a)
		}
	}
}

// A group is found wherever it lies; numbers that differ are no group.
func TestLikenessIsTheMeanSizeOfGroups(t *testing.T) {
	rng, l := rand.New(rand.NewPCG(1, 1)), new(likeness)
	for _, n := range []int{64, 1000} {
		terms := make([]float64, n)
		for groups, want := range map[int]float64{1: float64(n), 2: float64(n) / 2, n: 1} {
			for i := range terms {
				terms[i] = rand.New(rand.NewPCG(uint64(i%groups), 5)).NormFloat64() * (1 + 1e-9*rng.Float64())
			}
			if got := l.of(terms, float64(n)); !(got >= want) || !(got <= 1.25*want) {
				t.Errorf("%d terms in %d groups: mean size %v", n, groups, got)
			}
		}
		for i := range terms {
			terms[i] = 1e-9 * rng.NormFloat64() // lost beside a sum of n
		}
		if got := l.of(terms, float64(n)); !(got > float64(n)/4) {
			t.Errorf("%d terms too small for their sum: mean size %v", n, got)
		}
	}
}
