package variants_test

import (
	"errors"
	"flag"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"attnbench/attn"
	"attnbench/internal/oracle"
	"attnbench/variants"
)

var (
	budgetRows = flag.Int("budget.rows", 20000, "random rows that no variant may miss by more than its budget")
	budgetSeed = flag.Uint64("budget.seed", 1, "seed of the random rows")
)

// ratios are errors over budgets of rows, by family and variant.
type ratios map[string][]float64

func (r ratios) add(name string, x float64) { r[name] = append(r[name], x) }

// table lists count, median, 99.9th percentile and maximum.
func (r ratios) table() string {
	var s strings.Builder
	for _, name := range slices.Sorted(maps.Keys(r)) {
		list := slices.Clone(r[name])
		slices.Sort(list)
		at := func(q float64) float64 { return list[min(len(list)-1, int(q*float64(len(list))))] }
		fmt.Fprintf(&s, "\n%-46s %8d rows  median %.4f  99.9%% %.3f  max %.3f", name, len(list), at(0.5), at(0.999), list[len(list)-1])
	}
	return s.String()
}

// No row of any variant, kernel set, rule, mask, profile or shape misses its definition by
// more than its budget: not by one Forward, nor token by token.
func TestNoRowIsBeyondItsBudget(t *testing.T) {
	rng := rand.New(rand.NewPCG(*budgetSeed, 0))
	byVariant, byProfile, rows, enough := ratios{}, ratios{}, 0, *budgetRows
	if testing.Short() {
		enough /= 10
	}
	for rows < enough {
		seed := rng.Uint64()
		d := draw(rand.New(rand.NewPCG(seed, 1)))
		if err := d.p.Validate(); err != nil {
			t.Fatalf("seed %d: %v: %v", seed, d.p, err)
		}
		want := oracle.ExpectAll(d.p, d.a, oracle.Sample(&d.p, 12, seed))
		d.everyWay(t, func(way string, out attn.Args) {
			for i := range want {
				verdict := oracle.Compare(&d.p, want[i:i+1], out.Out, out.LSE)
				rows++
				if !(verdict.Worst <= 1) {
					t.Errorf("seed %d: %s: %v, %s: %s (%.3g times its budget)", seed, way, d.p, d.profile, verdict.First, verdict.Worst)
				}
				if isFinite(want[i]) {
					byVariant.add(d.family+" "+way, verdict.Worst)
					byProfile.add(d.family+" "+d.profile, verdict.Worst)
				}
			}
		})
	}
	t.Logf("%d rows: error over budget%s", rows, byVariant.table())
	t.Logf("by profile%s", byProfile.table())
}

// isFinite reports whether all of a row is compared by numbers.
func isFinite(e oracle.Expected) bool {
	for _, x := range e.Out {
		if x-x != 0 {
			return false
		}
	}
	return !e.ScoresOverflow && !slices.Contains(e.Overflow, true)
}

// everyWay computes d by every variant that takes its rule, on every kernel set, by a Forward
// and by a State, and calls then with what came of it.
func (d *drawn) everyWay(t *testing.T, then func(way string, out attn.Args)) {
	if d.profile != "vast values" { // its sums overflow
		then("definition in float32", d.define())
	}
	for _, v := range variants.All() {
		if v.Name() == "sparse-topk" {
			continue // computes another Problem, of the keys that it selects
		}
		for _, isa := range attn.ISAsOf(v) {
			if a := d.empty(); d.forward(t, v, isa, a) {
				then(v.Name()+" "+isa, a)
			}
			decoder, ok := v.(attn.Decoder)
			if a := d.empty(); ok && d.grows() && a.State0.Data == nil && d.decode(t, decoder, isa, a) {
				then(v.Name()+" "+isa+" decode", a)
			}
		}
	}
}

// grows reports whether the sequences of d can grow token by token.
func (d *drawn) grows() bool {
	return d.p.KVLens == nil && d.p.QueryStart == nil && d.p.QLen <= d.p.KVLen
}

// define evaluates the definition in float32: every sum one term after the other.
func (d *drawn) define() attn.Args {
	a := d.empty()
	for b := range d.p.Batch {
		for h := range d.p.QHeads {
			for i := range d.p.QLen {
				at := (b*d.p.QHeads+h)*d.p.QLen + i
				if lse := oracle.Eval(&d.p, &d.a, oracle.Row{B: b, H: h, I: i}, a.Out.Row(b, h, i)); a.LSE != nil {
					a.LSE[at] = lse
				}
			}
		}
	}
	return a
}

// empty is the inputs of d with an Out of NaN and an LSE where the rule has one.
func (d *drawn) empty() attn.Args {
	a := d.a
	a.Out = attn.NewTensor(d.p.Batch, d.p.QHeads, d.p.QLen, d.p.ValueDim)
	for i := range a.Out.Data {
		a.Out.Data[i] = float32(math.NaN())
	}
	if d.p.Rule.Kind == attn.Softmax {
		a.LSE = make([]float32, d.p.Batch*d.p.QHeads*d.p.QLen)
	}
	return a
}

// forward reports whether v computes d in one Forward.
func (d *drawn) forward(t *testing.T, v attn.Variant, isa string, a attn.Args) bool {
	plan, err := v.Plan(d.p, attn.Options{ISA: isa})
	if errors.Is(err, errors.ErrUnsupported) {
		return false
	}
	if err != nil {
		t.Fatalf("%s: %v: %v", v.Name(), d.p, err)
	}
	plan.Forward(a, make([]float32, plan.Workspace()))
	return true
}

// decode reports whether a State of v computes d: its keys before the first query at once, the
// rest in two chunks.
func (d *drawn) decode(t *testing.T, v attn.Decoder, isa string, a attn.Args) bool {
	s, err := v.NewState(d.p, attn.Options{ISA: isa})
	if errors.Is(err, errors.ErrUnsupported) {
		return false
	}
	if err != nil {
		t.Fatalf("%s: %v: %v", v.Name(), d.p, err)
	}
	before := d.p.KVLen - d.p.QLen
	ws := make([]float32, s.Workspace())
	for _, cut := range [][2]int{{-before, 0}, {0, d.p.QLen / 3}, {d.p.QLen / 3, d.p.QLen}} {
		lo, hi := cut[0], cut[1]
		if lo == hi {
			continue
		}
		x := attn.Args{K: a.K.Rows(before+lo, before+hi), V: a.V.Rows(before+lo, before+hi)}
		for _, t := range [][2]*attn.Tensor{{&x.Decay, &a.Decay}, {&x.Beta, &a.Beta}} {
			if t[1].Data != nil {
				*t[0] = t[1].Rows(before+lo, before+hi)
			}
		}
		if lo < 0 {
			err = s.Append(x, nil)
		} else {
			x.Q, x.Out = a.Q.Rows(lo, hi), a.Out.Rows(lo, hi)
			if a.LSE != nil {
				x.LSE = make([]float32, d.p.Batch*d.p.QHeads*(hi-lo))
			}
			err = s.Extend(x, nil, ws)
			for h := 0; h < d.p.Batch*d.p.QHeads && a.LSE != nil; h++ {
				copy(a.LSE[h*d.p.QLen+lo:], x.LSE[h*(hi-lo):(h+1)*(hi-lo)])
			}
		}
		if err != nil {
			t.Fatalf("%s: %v: %v", v.Name(), d.p, err)
		}
	}
	return true
}
