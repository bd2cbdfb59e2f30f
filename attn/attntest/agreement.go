package attntest

import (
	"fmt"
	"math"
	"sync"

	"attnbench/attn"
	"attnbench/attn/attntest/internal/kit"
	"attnbench/internal/oracle"
)

// rowsChecked is the number of rows of a case that the oracle evaluates at most.
const rowsChecked = 64

// expected returns what the oracle computes from a's inputs.
func expected(c kit.Case, a attn.Args) []oracle.Expected {
	return oracle.ExpectAll(c.P, a, oracle.Sample(&c.P, rowsChecked, kit.Seed))
}

// expectedOn returns what to expect on each kernel set. The oracle is asked once for all of
// them; where the Plan selects, each set may select other keys, and the oracle is asked again.
func expectedOn(k *kit.Kit, c kit.Case, a attn.Args) func(isa string) []oracle.Expected {
	return unlessSelected(k, c, a, sync.OnceValue(func() []oracle.Expected { return expected(c, a) }))
}

// unlessSelected asks once, or the oracle anew where the Plan selects.
func unlessSelected(k *kit.Kit, c kit.Case, a attn.Args, once func() []oracle.Expected) func(isa string) []oracle.Expected {
	return func(isa string) []oracle.Expected {
		if p, attend := selected(k, c, attn.Options{ISA: isa}, a); attend != nil {
			return expected(c.With(p), a)
		}
		return once()
	}
}

// agreesOnSets computes c on every kernel set and compares each with the oracle; a holds the
// numbers of c.
func agreesOnSets(k *kit.Kit, c kit.Case, o attn.Options, a attn.Args) {
	want := unlessSelected(k, c, a, func() []oracle.Expected {
		return kit.Remembered(c, fmt.Sprintf("%d rows", rowsChecked), func() []oracle.Expected { return expected(c, a) })
	})
	k.OnSets(c, o, a, func(isa string, b attn.Args) { agrees(k, c, isa, b, want(isa)) })
}

// agrees compares what a holds of c with what is expected of it.
func agrees(k *kit.Kit, c kit.Case, isa string, a attn.Args, want []oracle.Expected) {
	if v := oracle.Compare(&c.P, want, a.Out, a.LSE); v.First != "" {
		k.Fail("%v set %q: %s (%.3g times its budget)", c, isa, v.First, v.Worst)
	}
}

// agreement tries every case on Gaussian numbers, on V > 0, where errors of the
// weights do not cancel in the mean, and on peaky scores, where they are large.
func agreement(k *kit.Kit) {
	var list []kit.Case
	for _, p := range all() {
		for _, profile := range []string{"gaussian", "positive", "peaky"} {
			list = append(list, kit.Case{P: p, Profile: profile})
		}
	}
	for _, c := range kit.Each(k, list) {
		agreesOnSets(k, c, attn.Options{Workers: 2}, k.Numbers(c))
	}
}

// largeScores tries scores of which exp overflows, or vanishes for every key of a row; exp
// of their distance from the largest does neither. Most are at the default scale and on the
// shapes and masks of agreement, so that a variant that runs at all runs some of them.
func largeScores(k *kit.Kit) {
	var list []kit.Case
	for i, p := range shapes() {
		ramps := kit.Ramps()[i%2*2:][:2]
		for _, p.Mask = range []attn.Mask{attn.Full(), attn.Causal(), attn.Window{Left: 20, Right: 0}} {
			list = append(list, kit.Case{P: p, Profile: ramps[0]}, kit.Case{P: p, Profile: ramps[1]})
		}
	}
	p := kit.Problem(1, 2, 1, 65, 65, 16, 16)
	p.Mask, p.Scale = attn.Causal(), attn.ScaleOf(40)
	for _, c := range kit.Each(k, append(list, kit.Gaussian(p))) {
		agreesOnSets(k, c, attn.Options{Workers: 2}, k.Numbers(c))
	}
}

func lse(k *kit.Kit) {
	for _, p := range kit.Each(k, append(modified(), few()[7].P, few()[13].P)) {
		if p.Rule.Kind != attn.Softmax {
			continue
		}
		c := kit.Gaussian(p)
		numbers := k.Numbers(c)
		want := expectedOn(k, c, numbers)
		k.OnSets(c, attn.Options{}, numbers, func(isa string, a attn.Args) {
			b := kit.WithLSE(p, kit.WithOut(p, a))
			if k.Compute(c, attn.Options{ISA: isa}, b) {
				k.Same(c, fmt.Sprintf("set %q with and without LSE", isa), numbersOf(k, c, attn.Options{ISA: isa}, a), a.Out, b.Out)
				agrees(k, c, isa, b, want(isa))
			}
		})
	}
}

// ones tries V = 1, whose mean is 1 under any weights: the budget leaves the rounding of the
// sums and of the division alone.
func ones(k *kit.Kit) {
	for _, c := range kit.Each(k, few()) {
		if c.P.SinkLogits != nil || c.P.Rule.Kind == attn.Recurrent {
			continue // the sink takes its share of the weight; a bare state has no weights
		}
		a := k.Numbers(c)
		for i := range a.V.Data {
			a.V.Data[i] = 1
		}
		want := expectedOn(k, c, a)
		k.OnSets(c, attn.Options{}, a, func(isa string, b attn.Args) { agrees(k, c, isa, b, want(isa)) })
	}
}

func windowFull(k *kit.Kit) {
	for _, nk := range kit.Each(k, []int{33, 65}) {
		for _, width := range []int{nk, 200, math.MaxInt32} {
			for _, masks := range [][2]attn.Mask{
				{attn.Full(), attn.Window{Left: width, Right: width}}, {attn.Causal(), attn.Window{Left: width, Right: 0}},
			} {
				c := kit.Case{P: kit.Problem(1, 2, 1, 33, nk, 9, 7), Profile: "positive"}
				c.P.Mask = masks[0]
				wide := c
				wide.P.Mask = masks[1]
				numbers := k.Numbers(c)
				want := expectedOn(k, c, numbers)
				k.OnSets(wide, attn.Options{}, numbers, func(isa string, a attn.Args) { agrees(k, c, isa, a, want(isa)) })
			}
		}
	}
}
