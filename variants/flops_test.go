package variants_test

import (
	"sync/atomic"
	"testing"

	"attnbench/attn"
	"attnbench/internal/input"
	"attnbench/internal/kernel"
	"attnbench/variants"
)

// counting is a double of a kernel set. It counts the multiplies and adds of matrix products:
// not a product of depth 1 that adds to nothing, which scales, and not the sums of features, which are vectors.
func counting(set kernel.Set, flops *atomic.Int64) *kernel.Set {
	double := set
	double.Name = "counting"
	add := func(n int) { flops.Add(int64(n)) }
	double.Matmul = func(c []float32, ldc int, a []float32, ars, aks int, b []float32, ldb, rows, depth, cols int, alpha []float32, prefetch kernel.Prefetch) {
		if depth > 1 || alpha != nil {
			add(2 * rows * depth * cols)
		}
		set.Matmul(c, ldc, a, ars, aks, b, ldb, rows, depth, cols, alpha, prefetch)
	}
	double.Recur = func(r kernel.Recurrence) {
		add(2 * (1 + r.Heads) * r.Tokens * r.M * r.Dv)
		set.Recur(r)
	}
	double.DecayDots = func(g kernel.Gated) {
		add(2 * g.M * g.Tokens * (g.Tokens + 1))
		set.DecayDots(g)
	}
	double.Solve = func(u, w, v, r, beta []float32, ldu, ldw, ldv, ldr, tokens, cols int) {
		add(tokens * (tokens - 1) * cols)
		set.Solve(u, w, v, r, beta, ldu, ldw, ldv, ldr, tokens, cols)
	}
	return &double
}

// What a Plan says that it executes is what the kernels are asked for, at sizes that no set
// has to pad, and that is at least the useful work. Tiles at the edge of a mask are counted
// whole and visited in part; so are the blocks that a selection may keep.
func TestExecutedFLOPsAreThoseOfTheKernels(t *testing.T) {
	best, err := kernel.Find("")
	if err != nil {
		t.Fatal(err)
	}
	var flops atomic.Int64
	defer kernel.Lend(counting(*best, &flops))()
	compared := map[string]int{}
	for _, v := range variants.All() {
		for _, p := range ofEveryRule() {
			plan, err := v.Plan(p, attn.Options{ISA: "counting"})
			if err != nil {
				continue // no variant takes all rules, and naive-gonum has no choice of sets
			}
			a, err := input.Args(p, "gaussian", 1)
			if err != nil {
				t.Fatal(err)
			}
			flops.Store(0)
			plan.Forward(a, make([]float32, plan.Workspace()))
			compared[v.Name()]++
			counted, executed, useful := flops.Load(), plan.(attn.CountsFLOPs).ExecutedFLOPs(), p.FLOPs()
			least := 0.78
			if _, selects := plan.(attn.Selector); selects {
				least, useful = 0.5, 0
			}
			if ratio := float64(counted) / float64(executed); ratio < least || ratio > 1.07 {
				t.Errorf("%s, %v: the kernels count %d, ExecutedFLOPs says %d, %.3f times as many", v.Name(), p, counted, executed, 1/ratio)
			}
			if float64(counted) < 0.99*float64(useful) {
				t.Errorf("%s, %v: the kernels count %d, less than the useful work of %d", v.Name(), p, counted, useful)
			}
			if exact := p.Mask == attn.Full() && p.Rule.Kind == attn.Softmax && least > 0.5; exact && counted != executed {
				t.Errorf("%s, %v: the kernels count %d: want exactly the %d of ExecutedFLOPs", v.Name(), p, counted, executed)
			}
		}
	}
	for _, name := range []string{"naive", "flash", "sparse", "sparse-topk", "linear", "linear-chunked", "linear-recurrent"} {
		if compared[name] < 3 {
			t.Errorf("%s: %d Problems were compared", name, compared[name])
		}
	}
}

// ofEveryRule are Problems of every rule that needs no further numbers, under three masks.
// Query heads share a kv head, whose state is updated once.
func ofEveryRule() []attn.Problem {
	var list []attn.Problem
	for _, text := range attn.RuleTexts() {
		rule, err := attn.ParseRule(text)
		if err != nil {
			continue
		}
		for _, m := range []attn.Mask{attn.Full(), attn.Causal(), attn.Window{Left: 100}} {
			p := attn.Problem{Batch: 1, QHeads: 4, KVHeads: 2, QLen: 384, KVLen: 384, HeadDim: 64, ValueDim: 64, Mask: m, Rule: rule}
			if rule.Decay == attn.FixedDecay {
				p.LogDecay = attn.RetentionDecay(2)
			}
			list = append(list, p)
		}
	}
	return list
}
