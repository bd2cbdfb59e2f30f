package variants_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"attnbench/attn"
	"attnbench/attn/mask"
	"attnbench/variants"
)

func named(t *testing.T, name string) attn.Variant {
	for _, v := range variants.All() {
		if v.Name() == name {
			return v
		}
	}
	t.Fatalf("no variant is called %s", name)
	return nil
}

// heads is a Problem of v with so many heads, keys and dims.
func heads(v attn.Variant, batch, heads, rows, keys, dims int) attn.Problem {
	p := attn.TypicalOf(v, attn.Problem{})
	p.Batch, p.QHeads, p.KVHeads, p.QLen, p.KVLen, p.HeadDim, p.ValueDim = batch, heads, heads, rows, keys, dims, dims
	p.Mask = attn.Causal()
	return p
}

// What would take more than 1 TiB, or more than an int counts, is an error that names the
// field, and nothing is allocated before.
func TestWhatTakesMoreThanATebibyteIsAnErrorThatNamesTheField(t *testing.T) {
	taylor2 := func(p *attn.Problem) { p.Rule = attn.Rule{Kind: attn.Linear, Feature: attn.Taylor2} }
	byHead := func(p *attn.Problem) { p.Mask = mask.RandomBlocks{Block: 1, Count: 1, Keys: 9} }
	window := func(p *attn.Problem) { p.Mask = attn.Window{Left: 1 << 30} }
	alibi := func(p *attn.Problem) { p.Mask, p.ALiBi = mask.StreamingLLM(4, 1<<20), make([]float32, p.QHeads) }
	for _, c := range []struct {
		variants                       string
		state                          bool
		batch, heads, rows, keys, dims int
		workers                        int
		change                         func(*attn.Problem)
		field, what                    string
	}{
		{"naive naive-gonum", false, 1, 1, 1 << 20, 1 << 20, 8, 1, nil, "QLen and KVLen", "the score matrix of a head"},
		{"naive naive-gonum", false, 1, 1, 1 << 30, 1 << 30, 1, 1, nil, "QLen and KVLen", "the score matrix of a head"},
		{"naive naive-gonum", false, 1 << 20, 8, 1 << 10, 1 << 10, 8, 1 << 20, nil, "Workers", "the workspace"},
		{"flash sparse linear linear-chunked linear-recurrent", false, 1 << 40, 1, 1, 1, 8, math.MaxInt, nil, "Workers", "the workspace"},
		{"naive flash sparse linear", false, 1 << 58, 1, 1, 1, 1, math.MaxInt, nil, "Workers", "counts"},
		{"naive flash sparse", false, 1, 1 << 40, 1, 1, 1, 1, byHead, "Mask, Batch, QHeads and QLen", "the block mask"},
		{"sparse-topk", false, 1, 1, 1 << 28, 1 << 28, 1, 1, nil, "KVLen", "the selection"},
		{"sparse-topk", false, 1 << 45, 1, 1, 1, 1, 1, nil, "Batch", "the selection"},
		{"sparse-topk", false, 1 << 29, 1, 1, 1, 64, math.MaxInt, nil, "Workers", "the workspace"},
		{"naive flash sparse", true, 1, 64, 1, math.MaxInt32, 128, 1, nil, "KVLen", "the KV cache"},
		{"naive flash sparse", true, 1, 64, 1, 1 << 30, 128, 1, window, "KVLen", "the KV cache"},
		{"naive flash sparse", true, 1 << 55, 1, 1, 1, 1, 1, nil, "Batch", "the KV cache"},
		{"naive flash sparse", true, 1 << 24, 1, 1, 1, 4096, math.MaxInt, nil, "Workers", "the workspace"},
		{"flash sparse", true, 1, 1 << 12, 1 << 20, 1 << 22, 1, 1, alibi, "Batch, QHeads, KVLen and ValueDim", "the workspace of a step"},
		{"linear linear-chunked linear-recurrent", true, 1, 1, 1, 1, 8192, 1, taylor2, "HeadDim", "the state"},
		{"linear linear-chunked linear-recurrent", true, 1 << 45, 1, 1, 1, 1, 1, nil, "Batch", "the state"},
		{"linear linear-chunked linear-recurrent", true, 1 << 30, 1, 1, 1, 1, math.MaxInt, nil, "Workers", "the workspace"},
	} {
		for _, name := range strings.Fields(c.variants) {
			v := named(t, name)
			p := heads(v, c.batch, c.heads, c.rows, c.keys, c.dims)
			if c.change != nil {
				c.change(&p)
			}
			var err error
			if o := (attn.Options{Workers: c.workers}); c.state {
				_, err = v.(attn.Decoder).NewState(p, o)
			} else {
				_, err = v.Plan(p, o)
			}
			if !errors.Is(err, attn.ErrTooLarge) || !strings.HasPrefix(err.Error(), name) && !strings.HasPrefix(err.Error(), "linear") ||
				!strings.Contains(err.Error(), c.field) || !strings.Contains(err.Error(), c.what) {
				t.Errorf("%s, b%d h%d n%d:%d d%d by %d workers: the error is %v: want %s and %s", name, c.batch, c.heads, c.rows, c.keys, c.dims, c.workers, err, c.field, c.what)
			}
		}
	}
}

func TestWorkersBelowZeroAreAnErrorThatNamesThem(t *testing.T) {
	for _, v := range variants.All() {
		p, o := heads(v, 1, 2, 3, 5, 4), attn.Options{Workers: -1}
		_, err := v.Plan(p, o)
		if err == nil || !strings.Contains(err.Error(), "Workers is -1") {
			t.Errorf("%s: the error of Plan is %v", v.Name(), err)
		}
		if d, ok := v.(attn.Decoder); ok {
			if _, err := d.NewState(p, o); err == nil || !strings.Contains(err.Error(), "Workers is -1") {
				t.Errorf("%s: the error of NewState is %v", v.Name(), err)
			}
		}
	}
}

// Workers that have nothing to do get no workspace.
func TestMoreWorkersThanPartsAskForNoMoreWorkspace(t *testing.T) {
	for _, v := range variants.All() {
		p := heads(v, 1, 4, 512, 512, 16)
		need := map[int]int{}
		for _, workers := range []int{512, 1000, math.MaxInt} {
			x, err := v.Plan(p, attn.Options{Workers: workers})
			if err != nil {
				t.Fatalf("%s: %v", v.Name(), err)
			}
			need[x.Workspace()]++
		}
		if len(need) != 1 {
			t.Errorf("%s: 512, 1000 and 2^63-1 workers ask for different workspaces, %v", v.Name(), need)
		}
		d, ok := v.(attn.Decoder)
		if !ok {
			continue
		}
		clear(need)
		for _, workers := range []int{512, 1000, math.MaxInt} {
			s, err := d.NewState(p, attn.Options{Workers: workers})
			if err != nil {
				t.Fatalf("%s: %v", v.Name(), err)
			}
			need[s.Workspace()]++
		}
		if len(need) != 1 {
			t.Errorf("%s: 512, 1000 and 2^63-1 workers of a State ask for different workspaces, %v", v.Name(), need)
		}
	}
}
