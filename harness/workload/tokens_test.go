package workload

import (
	"slices"
	"testing"

	"attnbench/attn"
	"attnbench/attn/mask"
	"attnbench/harness/source"
	"attnbench/internal/oracle"
)

// The oracle gets head by head the same numbers as a State gets chunk by chunk, whether the
// rows see all of them or few.
func TestTokensAreTheSameInChunksAndByHead(t *testing.T) {
	for _, c := range [][2]string{{"softmax", "causal"}, {"softmax", "window:5:0@sinks:2"}, {"linear:elu1", "causal"}, {"gated-delta:dim", "causal"}} {
		rule, p := c[0], grouped(50)
		p.QLen = 7
		var err error
		if p.Mask, err = mask.Parse(c[1]); err != nil {
			t.Fatal(err)
		}
		if p.Rule, err = attn.ParseRule(rule); err != nil {
			t.Fatal(err)
		}
		small := p
		small.QLen, small.KVLen = 8, 8
		src := tokens{rows: 8, room: new([4][]float32)}
		if src.block, err = source.Profile("gaussian", 3).Args(small); err != nil {
			t.Fatal(err)
		}
		all, tail := emptyTokens(p, 50), emptyTokens(p, 7)
		for lo := 0; lo < 50; lo += 20 {
			n := min(20, 50-lo)
			chunk := emptyTokens(p, 20)
			src.take(chunk, lo, n)
			for _, x := range [][2]attn.Tensor{{all.K, chunk.K}, {all.V, chunk.V}, {all.Decay, chunk.Decay}, {all.Beta, chunk.Beta}} {
				for b := range x[0].Shape[0] {
					for h := range x[0].Shape[1] {
						for i := range n {
							copy(x[0].Row(b, h, lo+i), x[1].Row(b, h, i))
						}
					}
				}
			}
		}
		src.take(tail, 43, 7)
		all.Q = tail.Q
		rows := oracle.Sample(&p, 1000, 1)
		want, got := oracle.ExpectAll(p, all, rows), src.expect(p, rows)
		for i := range want {
			if !slices.Equal(want[i].Out, got[i].Out) || !slices.Equal(want[i].Budget, got[i].Budget) || want[i].Row != got[i].Row {
				t.Fatalf("%s: row %v is %v: want %v", rule, want[i].Row, got[i].Out, want[i].Out)
			}
		}
		seen := map[float32]bool{}
		for j := range 6 * 8 {
			seen[all.K.Row(0, 0, j)[0]] = true
		}
		if len(seen) < 6*8 {
			t.Errorf("%s: %d of %d rows begin alike", rule, 6*8-len(seen), 6*8)
		}
	}
}
