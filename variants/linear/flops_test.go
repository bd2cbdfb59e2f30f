package linear_test

import (
	"testing"

	"attnbench/attn"
	"attnbench/variants/linear"
)

// In the recurrent form all that is executed is useful: query heads of a group of up to 8, of
// 2, 4 or 8, update one state.
func TestAHeadGroupUpdatesOneState(t *testing.T) {
	for _, c := range []struct {
		group  int
		states int64 // for each kv head
	}{{1, 1}, {2, 1}, {4, 1}, {8, 1}, {3, 2}, {7, 3}, {16, 2}} {
		for _, text := range []string{"linear:elu1", "linear:favor:16:0", "gated:dim"} {
			rule, err := attn.ParseRule(text)
			if err != nil {
				t.Fatal(err)
			}
			p := attn.Problem{Batch: 1, QHeads: 2 * c.group, KVHeads: 2, QLen: 50, KVLen: 60, HeadDim: 16, ValueDim: 8, Mask: attn.Causal(), Rule: rule}
			plan, err := linear.New().Plan(p, attn.Options{})
			if err != nil {
				t.Fatal(err)
			}
			repeated := 2 * 2 * 16 * 8 * 60 * (c.states - 1)
			if got, want := plan.(attn.CountsFLOPs).ExecutedFLOPs(), p.FLOPs()+repeated; got != want {
				t.Errorf("%v: %d FLOPs are executed: want the useful %d and %d of more states", p, got, p.FLOPs(), repeated)
			}
		}
	}
	// Delta rules compute pairs too, but no second state.
	p := attn.Problem{Batch: 1, QHeads: 6, KVHeads: 2, QLen: 64, KVLen: 64, HeadDim: 64, ValueDim: 64, Mask: attn.Causal(), Rule: attn.Rule{Kind: attn.Recurrent, Delta: true}}
	plan, err := linear.New().Plan(p, attn.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := float64(plan.(attn.CountsFLOPs).ExecutedFLOPs()) / float64(p.FLOPs()); got < 1 || got > 1.3 {
		t.Errorf("delta executes %.3f times the useful work", got)
	}
}
