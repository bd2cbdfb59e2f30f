package sparse_test

import (
	"strings"
	"testing"

	"attnbench/attn"
	"attnbench/attn/attntest"
	"attnbench/variants/sparse"
)

func TestConformance(t *testing.T) { attntest.Run(t, sparse.New()) }

func FuzzForward(f *testing.F) { attntest.Fuzz(f, sparse.New()) }

func FuzzState(f *testing.F) { attntest.FuzzState(f, sparse.New()) }

// Any tile size agrees with the oracle.
func TestEveryBlockKAgrees(t *testing.T) {
	if testing.Short() {
		t.Skip("takes a minute under the race detector")
	}
	for _, blockK := range []int{72, 512} {
		for _, r := range attntest.Check(sparse.NewWith(sparse.Config{BlockK: blockK}), "agreement", "invisible") {
			for _, violation := range r.Violations {
				t.Errorf("BlockK %d: %s", blockK, violation)
			}
		}
	}
}

func TestBlockKOutsideItsRangeIsRefused(t *testing.T) {
	for _, blockK := range []int{-8, 32, 100, 520} {
		p := attn.Problem{Batch: 1, QHeads: 1, KVHeads: 1, QLen: 1, KVLen: 1, HeadDim: 1, ValueDim: 1}
		if _, err := sparse.NewWith(sparse.Config{BlockK: blockK}).Plan(p, attn.Options{}); err == nil || !strings.Contains(err.Error(), "BlockK") {
			t.Errorf("BlockK %d: the error is %v", blockK, err)
		}
	}
}
