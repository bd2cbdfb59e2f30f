package recall

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"attnbench/attn"
	"attnbench/harness/internal/scripted"
	"attnbench/harness/point"
	"attnbench/harness/result"
)

func recallsOf(t *testing.T, seed uint64, variants ...attn.Variant) []result.Recall {
	t.Helper()
	p := scripted.Shape(8)
	p.HeadDim, p.ValueDim = 64, 32
	var list []result.Recall
	err := Count(context.Background(), point.Axes{Variants: variants, Shapes: []attn.Problem{p}, Seed: seed}, nil, func(r result.Recall) error {
		list = append(list, r)
		return nil
	})
	if err != nil || len(list) != len(variants) {
		t.Fatalf("%d recalls of %d variants, %v", len(list), len(variants), err)
	}
	return list
}

func TestDenseSoftmaxRetrievesAll(t *testing.T) {
	r := recallsOf(t, 1, scripted.Variant{ID: "dense", Mask: attn.Causal(), Rule: attn.Rule{}})[0]
	if r.Status != result.StatusOK || len(r.ByPairs) != 8 || len(r.ByDistance) != 8 || r.StateBytes != 1024*(64+32)*4 {
		t.Fatalf("%+v", r)
	}
	for _, c := range append(r.ByPairs, r.ByDistance...) {
		if c.Exact != c.Queries || c.Queries < askedEach {
			t.Errorf("%+v: want all of at least %d", c, askedEach)
		}
	}
}

// Beyond the window nothing is left but luck.
func TestAWindowRetrievesWithinItAlone(t *testing.T) {
	r := recallsOf(t, 1, scripted.Variant{ID: "window", Mask: attn.Window{Left: 63, Right: 0}, Rule: attn.Rule{}})[0]
	if r.StateBytes != 64*(64+32)*4 {
		t.Errorf("state of %d bytes: want 64 rows", r.StateBytes)
	}
	for _, c := range r.ByDistance {
		if c.Distance <= 63 && c.Exact != c.Queries {
			t.Errorf("%+v: want all", c)
		}
		if c.Distance > 63 && c.Exact > c.Queries/8 {
			t.Errorf("%+v: want chance, 1 of %d", c, r.Codewords)
		}
	}
}

// A state of fixed size holds one pair and not a hundred, and each more makes the others fainter.
func TestALinearStateForgetsAsPairsGrow(t *testing.T) {
	r := recallsOf(t, 1, scripted.Variant{ID: "linear", Mask: attn.Causal(), Rule: attn.Rule{Kind: attn.Linear}})[0]
	if r.StateBytes != 64*(32+1)*4 {
		t.Errorf("state of %d bytes: want S and z", r.StateBytes)
	}
	share := func(i int) float64 { return float64(r.ByPairs[i].Exact) / float64(r.ByPairs[i].Queries) }
	if !(share(0) > 0.5 && share(2) < share(0) && share(4) < share(2) && share(7) < 0.1) {
		t.Errorf("of 1, 4, 16 and 128 pairs %v, %v, %v and %v are retrieved", share(0), share(2), share(4), share(7))
	}
}

// Zeros have the same inner product with all codewords, and a constant is near one of them.
func TestAVariantThatReturnsNothingRetrievesByChance(t *testing.T) {
	zeros := scripted.Variant{ID: "zeros", After: func(_ int, out attn.Tensor) { clear(out.Data) }}
	constant := scripted.Variant{ID: "constant", After: func(_ int, out attn.Tensor) {
		for i := range out.Data {
			out.Data[i] = float32(i % out.Shape[3])
		}
	}}
	for _, r := range recallsOf(t, 1, zeros, constant) {
		exact, queries := 0, 0
		for _, c := range append(r.ByPairs, r.ByDistance...) {
			exact, queries = exact+c.Exact, queries+c.Queries
		}
		if most := 3 * queries / r.Codewords; exact > most {
			t.Errorf("%s: %d of %d: want no more than %d", r.Variant, exact, queries, most)
		}
	}
}

func TestRecallIsAFunctionOfTheSeed(t *testing.T) {
	v := scripted.Variant{ID: "linear", Mask: attn.Causal(), Rule: attn.Rule{Kind: attn.Linear}}
	once, again := recallsOf(t, 3, v), recallsOf(t, 3, v)
	if diff := cmp.Diff(once, again); diff != "" {
		t.Error(diff)
	}
	if cmp.Equal(once[0].ByPairs, recallsOf(t, 4, v)[0].ByPairs) {
		t.Error("another seed counts the same")
	}
}

func TestRecallSaysWhatCannotRun(t *testing.T) {
	panics := scripted.Variant{ID: "panics", After: func(int, attn.Tensor) { panic("boom") }}
	list := recallsOf(t, 1, scripted.Variant{ID: "x", Unsupported: true}, panics)
	if list[0].Status != result.StatusUnsupported || list[1].Status != result.StatusFailed || list[0].Message == "" || list[1].ByPairs != nil {
		t.Errorf("%+v", list)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	err := Count(ctx, point.Axes{Variants: []attn.Variant{scripted.Variant{ID: "x"}}, Shapes: []attn.Problem{scripted.Shape(8)}}, nil, nil)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v: want canceled", err)
	}
}

// Large dimensions take fewer trials, and too large ones none.
func TestRecallStaysCheap(t *testing.T) {
	count := func(dim int) result.Recall {
		p := scripted.Shape(8)
		p.HeadDim, p.ValueDim = dim, 8
		var got result.Recall
		v := scripted.Variant{ID: "x", After: func(_ int, out attn.Tensor) { clear(out.Data) }}
		if err := Count(context.Background(), point.Axes{Variants: []attn.Variant{v}, Shapes: []attn.Problem{p}}, nil, func(r result.Recall) error {
			got = r
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return got
	}
	if r := count(8); r.Status != result.StatusOK || r.ByDistance[0].Queries != askedEach {
		t.Errorf("%s: %s, %+v", r.Status, r.Message, r.ByDistance)
	}
	if r := count(attn.MaxHeadDim); r.Status != result.StatusSkipped || !strings.Contains(r.Message, "HeadDim 65536") {
		t.Errorf("%s: %s", r.Status, r.Message)
	}
	p := scripted.Shape(8)
	p.QLen, p.KVLen, p.HeadDim, p.ValueDim, p.Rule = Len, Len, 512, 512, attn.Rule{Kind: attn.Linear}
	if few, all := workOf(p, minEach), workOf(p, askedEach); !(few < all/2) {
		t.Errorf("%v FLOPs of the fewest trials and %v of all", few, all)
	}
}
