package oracle

import (
	"math"
	"slices"
	"testing"

	"attnbench/attn"
	"attnbench/attn/mask"
)

// tiny is a Problem with D = Dv = 1, keys k and values v, one query row q; its
// output can be worked out by hand.
func tiny(q float32, k, v []float32) (attn.Problem, attn.Args) {
	p := attn.Problem{Batch: 1, QHeads: 1, KVHeads: 1, QLen: 1, KVLen: len(k), HeadDim: 1, ValueDim: 1}
	return p, attn.Args{
		Q: attn.Packed([]float32{q}, 1, 1, 1, 1), K: attn.Packed(k, 1, 1, len(k), 1),
		V: attn.Packed(v, 1, 1, len(v), 1), Out: attn.NewTensor(1, 1, 1, 1),
	}
}

const ln2, ln3 = math.Ln2, 1.0986122886681098

// Each convention by a case whose output is plain arithmetic: with keys ln 1,
// ln 2, ln 3 and q = 1 the weights are 1 : 2 : 3.
func TestConventions(t *testing.T) {
	keys, values := []float32{0, ln2, ln3}, []float32{6, 12, 24}
	for _, c := range []struct {
		name string
		set  func(*attn.Problem)
		out  float64
		lse  float64
	}{
		{"softmax", func(*attn.Problem) {}, (6 + 2*12 + 3*24) / 6.0, math.Log(6)},
		{"scale doubles the logits", func(p *attn.Problem) { p.Scale = attn.ScaleOf(2) }, (6 + 4*12 + 9*24) / 14.0, math.Log(14)},
		{"scale 0 weighs all keys alike", func(p *attn.Problem) { p.Scale = attn.ScaleOf(0) }, 14, math.Log(3)},
		{"negative scale", func(p *attn.Problem) { p.Scale = attn.ScaleOf(-1) }, (6 + 12/2.0 + 24/3.0) / (11.0 / 6), math.Log(11.0 / 6)},
		{"by default a query stands at the last key", func(p *attn.Problem) { p.Mask = attn.Causal() }, 17, math.Log(6)},
		{"top-left", func(p *attn.Problem) { p.Mask, p.QueryStart = attn.Causal(), []int{0} }, 6, 0},
		{"left = 1 sees two keys", func(p *attn.Problem) { p.Mask = attn.Window{Left: 1, Right: 0} }, (2*12 + 3*24) / 5.0, math.Log(5)},
		{"left = 0 sees one", func(p *attn.Problem) { p.Mask = attn.Window{Left: 0, Right: 0} }, 24, math.Log(3)},
		{"right = 1 looks ahead", func(p *attn.Problem) { p.Mask, p.QueryStart = attn.Window{Left: 0, Right: 1}, []int{1} }, (2*12 + 3*24) / 5.0, math.Log(5)},
		{"kv length", func(p *attn.Problem) { p.KVLens = []int{2} }, (6 + 2*12) / 3.0, math.Log(3)},
		{"a row that sees no key", func(p *attn.Problem) { p.KVLens = []int{0} }, 0, math.Inf(-1)},
		{"a sink of ln 6 takes half", func(p *attn.Problem) { p.SinkLogits = []float32{float32(math.Log(6))} }, 17 / 2.0, math.Log(12)},
		{"no key and a sink", func(p *attn.Problem) { p.KVLens, p.SinkLogits = []int{0}, []float32{2} }, 0, 2},
		{"ALiBi punishes distance", func(p *attn.Problem) { p.ALiBi = []float32{ln2} }, (6/4.0 + 2*12/2.0 + 3*24) / 4.25, math.Log(4.25)},
		{"ALiBi is of either side", func(p *attn.Problem) { p.ALiBi, p.QueryStart = []float32{ln2}, []int{1} }, (6/2.0 + 2*12 + 3*24/2.0) / 4, math.Log(4)},
		{"softcap comes before ALiBi", func(p *attn.Problem) {
			p.Softcap, p.ALiBi, p.KVLens = 1, []float32{1}, []int{1}
		}, 6, -2},
	} {
		p, a := tiny(1, keys, values)
		c.set(&p)
		if err := p.Validate(); err != nil {
			t.Fatal(err)
		}
		out := make([]float64, 1)
		lse := Eval(&p, &a, Row{}, out)
		if !(math.Abs(out[0]-c.out) < 1e-6) || lse != c.lse && !(math.Abs(lse-c.lse) < 1e-6) {
			t.Errorf("%s: out %v, lse %v: want %v and %v", c.name, out[0], lse, c.out, c.lse)
		}
	}
}

func TestSoftcapIsTanh(t *testing.T) {
	p, a := tiny(1, []float32{100, 0}, []float32{1, 0})
	p.Softcap = 2
	out := make([]float64, 1)
	Eval(&p, &a, Row{}, out)
	if want := math.Exp(2) / (math.Exp(2) + 1); !(math.Abs(out[0]-want) < 1e-9) {
		t.Errorf("out %v: want %v, a logit of 100 capped at 2", out[0], want)
	}
}

func TestLinearRule(t *testing.T) {
	// phi(1) = 2; phi(0) = exp(0) = 1; phi(-ln 2) = 1/2. Weights 2·2, 2·1, 2·1/2.
	p, a := tiny(1, []float32{1, 0, -ln2}, []float32{1, 10, 100})
	out := make([]float64, 1)
	for _, c := range []struct {
		name string
		set  func(*attn.Problem)
		want float64
	}{
		{"normalised", func(*attn.Problem) {}, (4 + 20 + 100) / 7.0},
		{"eps is added to the denominator", func(p *attn.Problem) { p.Rule.Eps = 1 }, 124 / 8.0},
		{"scale is ignored", func(p *attn.Problem) { p.Scale = attn.ScaleOf(9) }, 124 / 7.0},
		{"under a window", func(p *attn.Problem) { p.Mask = attn.Window{Left: 1, Right: 0} }, (20 + 100) / 3.0},
		{"no key", func(p *attn.Problem) { p.KVLens = []int{0} }, 0},
	} {
		q := p
		q.Rule.Kind = attn.Linear
		c.set(&q)
		Eval(&q, &a, Row{}, out)
		if !(math.Abs(out[0]-c.want) < 1e-5) {
			t.Errorf("%s: out %v: want %v", c.name, out[0], c.want)
		}
	}
	q := p
	q.Rule.Kind = attn.Linear
	a.Q.Data[0] = float32(math.Inf(-1)) // phi = 0: a zero denominator gives 0
	if Eval(&q, &a, Row{}, out); out[0] != 0 {
		t.Errorf("a zero denominator gives %v", out[0])
	}
}

func TestQueryHeadsReadConsecutiveGroups(t *testing.T) {
	p := attn.Problem{Batch: 1, QHeads: 4, KVHeads: 2, QLen: 1, KVLen: 1, HeadDim: 1, ValueDim: 1}
	a := attn.Args{
		Q: attn.NewTensor(1, 4, 1, 1), K: attn.NewTensor(1, 2, 1, 1),
		V: attn.Packed([]float32{7, 9}, 1, 2, 1, 1),
	}
	for h, want := range []float64{7, 7, 9, 9} {
		out := make([]float64, 1)
		if Eval(&p, &a, Row{H: h}, out); out[0] != want {
			t.Errorf("head %d reads %v: want %v", h, out[0], want)
		}
	}
}

func TestCompareFailsOnNaNAndOnErrors(t *testing.T) {
	p, a := tiny(1, []float32{0, ln2, ln3}, []float32{6, 12, 24})
	want := ExpectAll(p, a, []Row{{}})
	for _, c := range []struct {
		got   float32
		agree bool
	}{{17, true}, {float32(want[0].Out[0] + want[0].Budget[0]/2), true}, {17 * (1 + 1e-4), false}, {float32(math.NaN()), false}, {float32(math.Inf(1)), false}, {0, false}} {
		a.Out.Data[0] = c.got
		v := Compare(&p, want, a.Out, nil)
		if (v.First == "") != c.agree || (v.Worst <= 1) != c.agree {
			t.Errorf("%v: %+v: want agreement %v", c.got, v, c.agree)
		}
	}
	a.Out.Data[0] = 17
	if v := Compare(&p, want, a.Out, []float32{float32(math.Log(6)) + 1e-3}); v.First == "" {
		t.Error("a wrong LSE agrees")
	}
}

func TestCompareWantsNaNWhereTheDefinitionHasIt(t *testing.T) {
	p, a := tiny(1, []float32{0, 1}, []float32{1, float32(math.NaN())})
	want := ExpectAll(p, a, []Row{{}})
	for got, agree := range map[float32]bool{1: false, 0: false} {
		a.Out.Data[0] = got
		if v := Compare(&p, want, a.Out, nil); (v.First == "") != agree {
			t.Errorf("%v where NaN is due: %+v", got, v)
		}
	}
	a.Out.Data[0] = float32(math.NaN())
	if v := Compare(&p, want, a.Out, nil); v.First != "" {
		t.Errorf("NaN where NaN is due: %+v", v)
	}
}

func TestSample(t *testing.T) {
	p := attn.Problem{Batch: 2, QHeads: 3, KVHeads: 3, QLen: 1000, KVLen: 1000, HeadDim: 4, ValueDim: 4}
	rows := Sample(&p, 64, 1)
	if len(rows) != 64 || !slices.Equal(rows, Sample(&p, 64, 1)) {
		t.Fatalf("%d rows, or not the same twice", len(rows))
	}
	heads := map[[2]int]bool{}
	has := map[int]bool{}
	for i, r := range rows {
		heads[[2]int{r.B, r.H}] = true
		has[r.I] = true
		if slices.Contains(rows[:i], r) || r.I < 0 || r.I >= 1000 {
			t.Errorf("row %v is there twice or outside", r)
		}
	}
	if len(heads) != 6 {
		t.Errorf("rows of %d of 6 heads", len(heads))
	}
	for _, i := range []int{0, 999, 15, 16, 63, 64, 127, 128} {
		if !has[i] {
			t.Errorf("row %d is not checked in any head", i)
		}
	}
	p.QLen = 5
	if rows := Sample(&p, 64, 1); len(rows) != 30 {
		t.Errorf("%d of 30 rows", len(rows))
	}
}

// A wrong head must be seen, whichever it is and however many there are; which edge meets
// which head depends on the seed.
func TestSampleTakesEveryHead(t *testing.T) {
	for _, rule := range []attn.RuleKind{attn.Softmax, attn.Linear, attn.Recurrent} {
		p := attn.Problem{Batch: 8, QHeads: 128, KVHeads: 8, QLen: 5000, KVLen: 5000, HeadDim: 4, ValueDim: 4, Rule: attn.Rule{Kind: rule}}
		firsts, late := map[Row]bool{}, 0
		for seed := range uint64(20) {
			heads := map[Row]bool{}
			for _, r := range Sample(&p, 64, seed) {
				heads[Row{r.B, r.H, 0}] = true
				if r.I == 0 {
					firsts[r] = true
				}
				if r.I > 1024 {
					late++
				}
			}
			if len(heads) != 8*128 {
				t.Fatalf("%v, seed %d: rows of %d of 1024 heads", rule, seed, len(heads))
			}
		}
		if len(firsts) < 300 {
			t.Errorf("%v: in 20 seeds the first row is looked at in %d heads", rule, len(firsts))
		}
		if want := 20 * 1024 / 2; rule != attn.Recurrent && late < want || rule == attn.Recurrent && (late == 0 || late > 20*64) {
			t.Errorf("%v: %d of %d rows are past the first 1024", rule, late, 20*1024)
		}
	}
}

// A head takes edges and other rows, whatever the parity of the count of heads.
func TestSampleMixesEdgesWithinAHead(t *testing.T) {
	for _, heads := range []int{1, 2, 3, 4, 5, 8} {
		p := attn.Problem{Batch: 1, QHeads: heads, KVHeads: heads, QLen: 100000, KVLen: 100000, HeadDim: 4, ValueDim: 4}
		edges, all := map[int]int{}, edgeRows(p.QLen)
		for _, r := range Sample(&p, 64, 3) {
			if slices.Contains(all, r.I) {
				edges[r.H]++
			}
		}
		for h := range heads {
			if n, of := edges[h], 64/heads; n < of/4 || n > of*3/4+1 {
				t.Errorf("%d heads: %d of the %d rows of head %d are edges", heads, n, of, h)
			}
		}
	}
}

func TestDense(t *testing.T) {
	p := attn.Problem{Batch: 1, QHeads: 1, KVHeads: 1, QLen: 8, KVLen: 8, HeadDim: 2, ValueDim: 2, Rule: attn.Rule{Kind: attn.Linear}}
	for mask, want := range map[attn.Mask]string{
		attn.Window{Left: 3, Right: 0}: "causal", attn.Causal(): "causal", attn.Full(): "full", attn.Window{Left: 3, Right: 1}: "full",
	} {
		p.Mask = mask
		if d := Dense(p); d.Mask.String() != want || d.Rule.Kind != attn.Softmax {
			t.Errorf("dense of %v is %v: want %s", mask, d, want)
		}
	}
}

// Causal is what no query's view of the future, pair by pair, speaks against.
func TestDenseUnderEveryMask(t *testing.T) {
	for _, m := range []attn.Mask{
		mask.StreamingLLM(3, 9), mask.Sinks{Tokens: 1}, mask.Sinks{Tokens: 90}, mask.Longformer(2, attn.Window{Left: 4, Right: 0}), mask.Strided{Stride: 7},
		mask.Fixed{Block: 8, Summary: 2}, mask.Dilated{Left: 3, Step: 70}, mask.Dilated{Left: 3, Right: 1, Step: 70}, mask.NewDocuments(140), mask.NewDocuments(1, 1, 1),
		mask.And(attn.Causal(), mask.NewDocuments(140)), attn.Window{Left: -1, Right: 1}, mask.RandomBlocks{Block: 8, Count: 1, Keys: 140, Seed: 1},
		mask.Predicate("past", func(_, _, q, k int) bool { return k <= q && k%3 == 0 }), mask.Predicate("next", func(_, h, q, k int) bool { return k == q+h }),
	} {
		for _, start := range [][]int{nil, {0}, {60}} {
			p := attn.Problem{Batch: 1, QHeads: 2, KVHeads: 1, QLen: 130, KVLen: 140, HeadDim: 1, ValueDim: 1, Mask: m, QueryStart: start}
			want := attn.Causal()
			for h := range p.QHeads {
				for i := range p.QLen {
					for k := p.Start(0) + i + 1; k < p.KVLen; k++ {
						if m.Visible(0, h, p.Start(0)+i, k) {
							want = attn.Full()
						}
					}
				}
			}
			if d := Dense(p); d.Mask != want {
				t.Errorf("%v: dense is %v: want %v", p, d.Mask, want)
			}
		}
	}
}

func TestDrift(t *testing.T) {
	x := []Expected{{Out: []float64{3, 0}}, {Out: []float64{0, 0}}}
	y := []Expected{{Out: []float64{0, 4}}, {Out: []float64{0, 0}}}
	if d := Drift(x, y); d.RelL2 != 1.25 || d.MaxAbs != 4 || d.Cosine != 0.5 {
		t.Errorf("drift %+v: want 5/4, 4 and 1/2", d)
	}
	if d := Drift(x, x); d.RelL2 != 0 || d.Cosine != 1 {
		t.Errorf("drift from itself %+v", d)
	}
}
