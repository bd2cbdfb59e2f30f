package variants_test

import (
	"testing"

	"attnbench/attn"
	"attnbench/variants"
)

func plan(t *testing.T, name string, n int, mask attn.Mask, workers int) (attn.Problem, attn.Plan) {
	t.Helper()
	for _, v := range variants.All() {
		if v.Name() != name {
			continue
		}
		p := attn.TypicalOf(v, attn.Problem{Batch: 1, QHeads: 4, KVHeads: 4, QLen: n, KVLen: n, HeadDim: 64, ValueDim: 64})
		p.Mask = mask
		x, err := v.Plan(p, attn.Options{Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		return p, x
	}
	t.Fatalf("no variant is called %s", name)
	return attn.Problem{}, nil
}

// The four that a sweep runs by default, and the ones that wait to be named.
func TestAll(t *testing.T) {
	want := map[string]bool{"naive": false, "flash": false, "sparse": false, "linear": false, "naive-gonum": true, "linear-chunked": true, "linear-recurrent": true, "sparse-topk": true}
	all := variants.All()
	if len(all) != len(want) {
		t.Errorf("%d variants: want %d", len(all), len(want))
	}
	for _, v := range all {
		if onRequest, known := want[v.Name()]; !known || attn.TraitsOf(v).OnRequest != onRequest {
			t.Errorf("%s: on request %v", v.Name(), attn.TraitsOf(v).OnRequest)
		}
	}
}

func TestWorkspaceOverN(t *testing.T) {
	for _, name := range []string{"flash", "sparse", "linear", "linear-chunked"} {
		_, short := plan(t, name, 128, attn.Causal(), 2)
		_, long := plan(t, name, 65536, attn.Causal(), 2)
		if short.Workspace() != long.Workspace() || 4*long.Workspace() > 2<<20 {
			t.Errorf("%s: %d floats at 128, %d at 65536: want the same, at most 1 MiB a worker", name, short.Workspace(), long.Workspace())
		}
	}
	for _, name := range []string{"naive", "naive-gonum"} {
		_, x := plan(t, name, 4096, attn.Causal(), 1)
		if w := x.Workspace(); w < 4096*4096 || w > 4096*4096*11/10 {
			t.Errorf("%s: %d floats at 4096: want the scores of one head, N·N", name, w)
		}
	}
}

// What is executed stays near what is visible: runs of keys that no query of a
// panel sees are never visited.
func TestSparseWorkFollowsVisiblePairs(t *testing.T) {
	for _, mask := range []attn.Mask{attn.Window{Left: 255, Right: 0}, attn.Window{Left: 127, Right: 128}, attn.Causal(), attn.Full()} {
		p, x := plan(t, "sparse", 16384, mask, 1)
		ratio := float64(x.(attn.CountsFLOPs).ExecutedFLOPs()) / float64(p.FLOPs())
		if ratio < 1 || ratio > 1.15 {
			t.Errorf("%v: executes %.3f times the useful work", mask, ratio)
		}
	}
}

func TestLinearWorkIsLinear(t *testing.T) {
	for _, mask := range []attn.Mask{attn.Causal(), attn.Full()} {
		_, short := plan(t, "linear", 1024, mask, 1)
		_, long := plan(t, "linear", 65536, mask, 1)
		if got := float64(long.(attn.CountsFLOPs).ExecutedFLOPs()) / float64(short.(attn.CountsFLOPs).ExecutedFLOPs()); got < 63 || got > 65 {
			t.Errorf("%v: 64 times the tokens execute %.1f times the work", mask, got)
		}
	}
}

// A refused Problem must leave a Plan that compares equal to nil.
func TestRefusalLeavesNoPlan(t *testing.T) {
	for _, v := range variants.All() {
		if x, err := v.Plan(attn.Problem{}, attn.Options{}); x != nil || err == nil {
			t.Errorf("%s: plan %v, error %v", v.Name(), x, err)
		}
	}
}
