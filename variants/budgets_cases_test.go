package variants_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"attnbench/attn"
	"attnbench/internal/oracle"
)

// budgetCases are Problems on which evaluations without a fault once exceeded their budget,
// or would exceed one without the term that is named.
func budgetCases(t *testing.T) map[string]drawn {
	t.Helper()
	list := map[string]drawn{}
	add := func(name, rule, profile string, queries, keys, d int, set func(*attn.Problem)) *drawn {
		r, err := attn.ParseRule(rule)
		if err != nil {
			t.Fatal(err)
		}
		p := attn.Problem{Batch: 1, QHeads: 1, KVHeads: 1, QLen: queries, KVLen: keys, HeadDim: d, ValueDim: d, Mask: attn.Causal(), Rule: r}
		if r.Decay == attn.FixedDecay {
			p.LogDecay = attn.RetentionDecay(1)
		}
		set(&p)
		x := drawn{p: p, family: name, profile: profile}
		x.fill(rand.New(rand.NewPCG(1, 2)))
		list[name] = x
		return &x
	}
	plain := func(*attn.Problem) {}
	for _, sink := range []float32{20, 60, 85, 95, 105, 160} {
		add(fmt.Sprintf("a sink of %v above all keys", sink), "softmax", "gaussian", 20, 90, 16, func(p *attn.Problem) { p.SinkLogits = []float32{sink} })
	}
	add("weights alike under a sink", "softmax", "gaussian", 4, 3000, 8, func(p *attn.Problem) { p.Scale, p.SinkLogits = attn.ScaleOf(0), []float32{1.3} })
	for distance := float32(60); distance <= 110; distance += 10 {
		x := add(fmt.Sprintf("weights of exp(-%v) and values that show them", distance), "softmax", "gaussian", 8, 40, 4, func(p *attn.Problem) { p.Scale = attn.ScaleOf(1) })
		for j := range x.p.KVLen {
			for c := range x.p.HeadDim {
				x.a.K.Row(0, 0, j)[c] = 0
				x.a.V.Row(0, 0, j)[c] *= 1e30
			}
			if j%2 == 1 {
				x.a.K.Row(0, 0, j)[0] = -distance
				continue
			}
			for c := range x.p.ValueDim {
				x.a.V.Row(0, 0, j)[c] *= 1e-30
			}
		}
		for i := range x.p.QLen {
			x.a.Q.Row(0, 0, i)[0] = 1
		}
	}
	for _, profile := range []string{"gaussian", "positive", "peaky", "local", "wide values", "one value", "rising"} {
		add("16384 keys, "+profile, "softmax", profile, 2, 16384, 64, plain)
	}
	for _, rule := range []string{"linear:elu1", "linear:relu", "linear:favor:32:0", "identity", "retention", "gated:head", "delta"} {
		for _, profile := range []string{"gaussian", "positive"} {
			add("6000 keys, "+rule+", "+profile, rule, profile, 2, 6000, 16, plain)
		}
	}
	for _, rule := range []string{"softmax", "linear:elu1", "linear:favor:32:0", "retention", "delta"} {
		for _, d := range []int{576, 2048} {
			add(fmt.Sprintf("%d dims that are alike, %s", d, rule), rule, "constant rows", 8, 8, d, func(p *attn.Problem) { p.ValueDim = 4 })
		}
	}
	add("scores that round by more than they differ", "softmax", "gaussian", 20, 60, 64, func(p *attn.Problem) { p.Scale = attn.ScaleOf(1e30) })
	for _, rule := range []string{"linear:elu1", "linear:relu"} {
		add("denominators that underflow, "+rule, rule, "tiny features", 20, 60, 8, plain)
	}
	for _, rule := range []string{"delta", "delta-retention", "gated-delta:head", "gated-delta:dim"} {
		for _, length := range []float32{1.4, 1.6, 2} {
			x := add(fmt.Sprintf("%s with keys of length %v", rule, length), rule, "gaussian", 20, 60, 16, plain)
			for i := range x.a.K.Data {
				x.a.K.Data[i] *= length
			}
			for i := range x.a.Beta.Data {
				x.a.Beta.Data[i] = 1 - x.a.Beta.Data[i]/10 // beta·|k|² of 1.8 to 4
			}
		}
	}
	return list
}

func TestNoCaseIsBeyondItsBudget(t *testing.T) {
	if testing.Short() {
		t.Skip("under the race detector long contexts take long")
	}
	for name, d := range budgetCases(t) {
		want := oracle.ExpectAll(d.p, d.a, oracle.Sample(&d.p, 8, 1))
		d.everyWay(t, func(way string, out attn.Args) {
			v := oracle.Compare(&d.p, want, out.Out, out.LSE)
			if !(v.Worst <= 1) {
				t.Errorf("%s: %s: %s (%.3g times its budget)", name, way, v.First, v.Worst)
			}
			t.Logf("%-56s %-28s %.3f", name, way, v.Worst)
		})
		worstSlack := 0x1p-22 * float64(d.p.KVLen+d.p.HeadDim+100) // two sums and a division, every rounding the worst
		for _, e := range want {
			for c, budget := range e.Budget {
				if e.Range == nil {
					continue
				}
				r := e.Range[c]
				end := math.Max(math.Abs(r.Min), math.Abs(r.Max))
				if !(r.Slack < worstSlack) || !(budget <= (r.Max-r.Min+r.Slack*end+r.Underflow)*(1+1e-9)) {
					t.Errorf("%s: a budget of %v in a range of %v", name, budget, r)
				}
			}
		}
	}
}
